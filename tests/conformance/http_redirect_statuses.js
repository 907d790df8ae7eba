// samples
import http from 'k6/http';
import { show, answer } from './data/answers.js';
export default function () {
  for (const status of [300, 301, 302, 303, 304, 305, 307, 308]) {
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const url = __ENV.TARGET + answer(['status', `${status}`], ['header', 'Location:/echo']);
      show(`${status} ${method}`, http.request(method, url, method === 'GET' || method === 'HEAD' ? null : 'body', { headers: { 'Content-Type': 'text/x', 'X-Custom': 'c' } }));
    }
  }
}
