// samples
import http from 'k6/http';
import { show, answer } from './data/answers.js';
export const options = { vus: 1, iterations: 3, noCookiesReset: true };
export default function () {
  show('before', http.get(`${__ENV.TARGET}/headers`));
  http.get(__ENV.TARGET + answer(['header', `Set-Cookie:n${__ITER}=v; Path=/`]));
  show('after', http.get(`${__ENV.TARGET}/headers`));
}
