// samples
import http from 'k6/http';
import { show } from './data/answers.js';
export const options = { insecureSkipTLSVerify: true, tlsAuth: [{ cert: open(__ENV.CLIENT), key: open(__ENV.CLIENT_KEY) }] };
export default function () {
  show('json', http.get(`${__ENV.MUTUAL}/json`));
  show('seen', http.get(`${__ENV.MUTUAL}/headers`));
  show('not asked', http.get(`${__ENV.SECURE}/headers`));
}
