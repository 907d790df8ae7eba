// environment: SSL_CERT_FILE=$CA
// samples
import http from 'k6/http';
import { show } from './data/answers.js';
export default function () {
  show('late', http.get(`${__ENV.SECURE}/slow/3000`, { timeout: 150 }));
  show('then', http.get(`${__ENV.SECURE}/json`));
  show('late, without HTTP/2', http.get(`${__ENV.SECURE1}/slow/3000`, { timeout: 150 }));
  show('then', http.get(`${__ENV.SECURE1}/json`));
}
