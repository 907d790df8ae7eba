// samples
import http from 'k6/http';
import { attempt } from './data/answers.js';
// Everything is excluded.
export const options = { blacklistIPs: ['0.0.0.0/0', '::/0'], blockHostnames: ['*'] };
export default function () {
  for (const url of [`${__ENV.TARGET}/json`, 'http://localhost/', 'http://[::1]/', 'http://no-such-host.invalid/', 'http://a.b.c/', __ENV.SECURE]) attempt(url, () => http.get(url));
}
