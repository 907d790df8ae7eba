// environment: SSL_CERT_FILE=$CA
// samples
import http from 'k6/http';
import { show } from './data/answers.js';
export const options = { noConnectionReuse: true };
export default function () {
  for (const place of ['SECURE', 'SECURE1', 'TARGET']) for (const n of [1, 2]) show(`${place} ${n}`, http.get(`${__ENV[place]}/headers`));
}
