// What the scripts of proxies ask for. Names are the proxy's to resolve; it takes every one for 127.0.0.1.
import http from 'k6/http';
import { attempt } from './answers.js';
export const options = { insecureSkipTLSVerify: true };
const named = (place) => __ENV[place].replace('127.0.0.1', 'proxied.test');
export function askByName() {
  for (const place of ['TARGET', 'SECURE']) {
    attempt(place, () => http.get(`${named(place)}/json`));
    attempt(`${place} posted`, () => http.post(`${named(place)}/echo`, 'body'));
  }
}
export default function () {
  askByName();
  attempt('another', () => http.get('http://10.1.2.3:1/', { timeout: 700 }));
}
