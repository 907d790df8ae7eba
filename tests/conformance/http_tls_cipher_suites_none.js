// samples
import http from 'k6/http';
import { show } from './data/answers.js';
// No certificate here has an RSA key.
export const options = { insecureSkipTLSVerify: true, tlsVersion: 'tls1.2', tlsCipherSuites: ['TLS_RSA_WITH_AES_128_CBC_SHA'] };
export default function () {
  for (const place of ['SECURE', 'TLS12']) show(place, http.get(`${__ENV[place]}/json`));
}
