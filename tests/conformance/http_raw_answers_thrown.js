// flags: --throw
import http from 'k6/http';
import { attempt } from './data/answers.js';
const NAMES = ['nothing', 'half_head', 'half_field', 'half_line', 'short_body', 'half_chunk', 'no_last_chunk', 'bad_chunk', 'not_http', 'no_colon', 'two_lengths', 'http_2_0', 'broken_gzip', 'cut_gzip'];
export default function () {
  for (const name of NAMES) attempt(name, () => http.get(`${__ENV.TARGET}/raw/${name}`));
  for (const name of NAMES) attempt(`${name} posted`, () => http.post(`${__ENV.TARGET}/raw/${name}`, 'body'));
}
