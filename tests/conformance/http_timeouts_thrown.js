// samples
import http from 'k6/http';
import { attempt } from './data/answers.js';
export const options = { throw: true };
export default function () {
  attempt('thrown', () => http.get(`${__ENV.TARGET}/slow/1500`, { timeout: 100 }));
  attempt('not', () => http.get(`${__ENV.TARGET}/slow/1500`, { timeout: 100, throw: false }));
  attempt('batch', () => http.batch([['GET', `${__ENV.TARGET}/slow/1500`, null, { timeout: 100 }]])[0]);
}
