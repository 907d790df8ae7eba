// samples
import http from 'k6/http';
import { show } from './data/answers.js';
export const options = { insecureSkipTLSVerify: true };
const swapped = (url) => (url.startsWith('https') ? url.replace('https', 'http') : url.replace('http', 'https'));
export default function () {
  show('TLS to a server without', http.get(`${swapped(__ENV.TARGET)}/json`));
  show('none to a server with', http.get(`${swapped(__ENV.SECURE1)}/json`));
  show('none to one with HTTP/2', http.get(`${swapped(__ENV.SECURE)}/json`));
  show('refused', http.get('https://127.0.0.1:1/'));
}
