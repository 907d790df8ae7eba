// differs: a certificate with `domains` is shown to those hosts only; k6 shows it to all
// samples
import http from 'k6/http';
import { show } from './data/answers.js';
export const options = { insecureSkipTLSVerify: true, tlsAuth: [{ domains: ['localhost', '*.example.test'], cert: open(__ENV.CLIENT), key: open(__ENV.CLIENT_KEY) }] };
export default function () {
  show('not its host', http.get(`${__ENV.MUTUAL}/json`));
  show('its host', http.get(`${__ENV.MUTUAL.replace('127.0.0.1', 'localhost')}/headers`));
}
