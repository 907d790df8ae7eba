// samples
import http from 'k6/http';
import { attempt } from './data/answers.js';
export default function () {
  for (const status of [199, 200, 206, 226, 299, 399, 400, 401, 418, 422, 429, 451, 499, 500, 502, 504, 511, 599, 600, 700, 999]) {
    attempt(`${status}`, () => http.get(`${__ENV.TARGET}/answer?status=${status}&body=b`, { timeout: 700 }));
  }
}
