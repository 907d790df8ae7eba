// samples
import http from 'k6/http';
import { show, answer } from './data/answers.js';
export const options = { insecureSkipTLSVerify: true, systemTags: ['proto', 'status', 'method', 'url', 'name', 'tls_version', 'ocsp_status', 'ip', 'expected_response'] };
export default function () {
  for (const place of ['SECURE', 'SECURE1', 'TLS12', 'TLS13', 'MUTUAL']) {
    const url = __ENV[place];
    show(place, http.get(`${url}/json`));
    show(`${place} again`, http.post(`${url}/echo`, 'body', { headers: { 'X-Custom': 'a', 'Content-Type': 'text/x' } }));
    show(`${place} moved`, http.get(`${url}/redirect/2`));
    show(`${place} missing`, http.get(`${url}/status/404`));
    show(`${place} cookie`, http.get(url + answer(['header', 'Set-Cookie: a=b; Secure; HttpOnly; Path=/'], ['body', 'x'])));
    show(`${place} headers`, http.get(`${url}/headers`));
  }
}
