// samples
import http from 'k6/http';
import { show } from './data/answers.js';
export const options = { vus: 1, iterations: 3 };
export default function () {
  show('before', http.get(`${__ENV.TARGET}/headers`));
  http.get(`${__ENV.TARGET}/cookies/set`);
  show('after', http.get(`${__ENV.TARGET}/headers`));
}
