// samples
import http from 'k6/http';
import { attempt } from './data/answers.js';
export default function () {
  attempt('switching', () => http.get(`${__ENV.TARGET}/raw/switching`));
  attempt('async', () => http.get(`${__ENV.TARGET}/json`));
}
