// samples
import http from 'k6/http';
import { attempt } from './data/answers.js';
const NAMES = ['nothing', 'half_head', 'half_field', 'half_line', 'short_body', 'long_body', 'until_closed', 'half_chunk', 'no_last_chunk', 'chunks', 'bad_chunk', 'http_1_0', 'no_reason', 'odd_reason', 'continue', 'early_hints', 'not_http', 'no_colon', 'two_lengths', 'length_and_chunks', 'folded', 'latin1', 'body_with_204', 'body_with_304'];
export default function () {
  for (const name of NAMES) attempt(name, () => http.get(`${__ENV.TARGET}/raw/${name}`));
}
