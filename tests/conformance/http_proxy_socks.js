// environment: http_proxy=socks5://$PROXY https_proxy=socks5://$PROXY
// samples
import http from 'k6/http';
import { attempt } from './data/answers.js';
export const options = { insecureSkipTLSVerify: true };
const named = (place) => __ENV[place].replace('127.0.0.1', 'proxied.test');
export default function () {
  for (const place of ['TARGET', 'SECURE']) {
    attempt(place, () => http.get(`${named(place)}/json`));
    attempt(`${place} posted`, () => http.post(`${named(place)}/echo`, 'body'));
  }
  attempt('another', () => http.get('http://10.1.2.3:1/', { timeout: 700 }));
}
