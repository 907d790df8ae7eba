// environment: SSL_CERT_FILE=$CA
// samples
import http from 'k6/http';
import { show } from './data/answers.js';
export const options = { vus: 1, iterations: 3, noVUConnectionReuse: true };
export default function () {
  for (const n of [1, 2]) show(n, http.get(`${__ENV.SECURE}/json`));
}
