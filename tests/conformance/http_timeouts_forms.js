// samples
import http from 'k6/http';
import { attempt } from './data/answers.js';
export default function () {
  const url = `${__ENV.TARGET}/slow/1500`;
  for (const timeout of [100, '100ms', '0.1s', '100', 100.5]) attempt(`${typeof timeout} ${timeout}`, () => http.get(url, { timeout }));
  for (const timeout of ['1h', '5s', 5000, null, undefined]) attempt(`long ${timeout}`, () => http.get(`${__ENV.TARGET}/json`, { timeout }));
  for (const timeout of ['x', '', '5', '-1s', -5, {}, [], true, '1d', '1e3ms']) attempt(`odd ${typeof timeout} ${timeout}`, () => http.get(`${__ENV.TARGET}/json`, { timeout }));
  attempt('of all hops', () => http.get(`${__ENV.TARGET}/answer?status=302&header=Location:/slow/1500`, { timeout: 200 }));
}
