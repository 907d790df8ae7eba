// samples
import http from 'k6/http';
import { attempt } from './data/answers.js';
// A connection of its own each: on one used before, k6 shows no times of the one that takes its place.
export const options = { noConnectionReuse: true };
export default function () {
  const urls = ['/json', '/status/404', '/status/503', '/redirect/1', '/raw/nothing'];
  const callbacks = { none: null, usual: undefined, ok: http.expectedStatuses(200), range: http.expectedStatuses({ min: 400, max: 499 }), both: http.expectedStatuses(302, { min: 500, max: 599 }), zero: http.expectedStatuses(0) };
  for (const [name, responseCallback] of Object.entries(callbacks)) for (const url of urls) attempt(`${name} ${url}`, () => http.get(__ENV.TARGET + url, { responseCallback }));
  http.setResponseCallback(http.expectedStatuses(503));
  for (const url of urls) attempt(`set ${url}`, () => http.get(__ENV.TARGET + url));
  attempt('own', () => http.get(`${__ENV.TARGET}/status/404`, { responseCallback: http.expectedStatuses(404) }));
  http.setResponseCallback(null);
  for (const url of urls) attempt(`null ${url}`, () => http.get(__ENV.TARGET + url));
  for (const bad of [5, 'x', {}, () => true]) attempt(`bad ${typeof bad}`, () => http.get(`${__ENV.TARGET}/json`, { responseCallback: bad }));
}
