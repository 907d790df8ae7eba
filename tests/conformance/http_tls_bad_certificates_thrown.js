// environment: SSL_CERT_FILE=$CA
// samples
import http from 'k6/http';
import { attempt } from './data/answers.js';
export const options = { throw: true };
export default function () {
  for (const kind of ['expired', 'elsewhere', 'nameless', 'self', 'incomplete']) attempt(kind, () => http.get(`${__ENV['BAD_' + kind.toUpperCase()]}/json`));
}
