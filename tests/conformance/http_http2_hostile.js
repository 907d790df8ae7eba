// samples
import http from 'k6/http';
import { attempt } from './data/answers.js';
// What RFC 9113's sections forbid, as h2spec has it, and each error code of a server's. What k6 takes, takes otherwise or never
// ends with is left out: docs/compatibility.md says so, and tests/golden/hostile_target.txt has what becomes of all.
export const options = { insecureSkipTLSVerify: true };
const OTHERWISE = new RegExp([
  'flood', 'window', 'bomb', 'silence', 'rapid', 'without_end', 'refused_stream', 'reset_protocol', 'connection_field', 'length_too_short', 'data_first', '5_1_reset_on_idle', '5_1_headers_on_idle',
  '5_1_headers_after_a_reset', 'even_stream', 'priority_on_itself', 'without_its_length', '6_2_padding_of_all', 'push_of_1', 'begins_with_a_space', 'transfer_encoding', 'status_of_two_digits', 'size_at_the_end',
].join('|'));
export default function () {
  for (const [name, url] of Object.entries(JSON.parse(__ENV.BROKEN))) {
    if (name.startsWith('h2_') && !OTHERWISE.test(name)) attempt(name, () => http.get(url, { timeout: '1s' }));
  }
}
