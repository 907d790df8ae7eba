// samples
import http from 'k6/http';
import { attempt } from './data/answers.js';
// A request that may not be repeated, on connections that were used before.
const NAMES = ['nothing', 'half_head', 'short_body', 'no_last_chunk', 'not_http', 'continue'];
export default function () {
  for (const name of NAMES) {
    http.get(`${__ENV.TARGET}/json`);
    attempt(name, () => http.post(`${__ENV.TARGET}/raw/${name}`, 'body'));
  }
}
