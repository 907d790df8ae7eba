// environment: http_proxy=$PROXY https_proxy=$PROXY SSL_CERT_FILE=$CA
// samples
import http from 'k6/http';
import { attempt } from './data/answers.js';
// Names are the proxy's to resolve; it takes every one for 127.0.0.1.
const named = (place) => __ENV[place].replace('127.0.0.1', 'proxied.test');
export const options = { insecureSkipTLSVerify: true };
export default function () {
  for (const place of ['TARGET', 'SECURE', 'SECURE1']) {
    attempt(place, () => http.get(`${named(place)}/json`));
    attempt(`${place} again`, () => http.get(`${named(place)}/headers`));
    attempt(`${place} posted`, () => http.post(`${named(place)}/echo`, 'body'));
    attempt(`${place} itself`, () => http.get(`${__ENV[place]}/json`));
  }
}
