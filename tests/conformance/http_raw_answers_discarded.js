// samples
import http from 'k6/http';
import { attempt } from './data/answers.js';
export const options = { discardResponseBodies: true };
const NAMES = ['nothing', 'half_head', 'short_body', 'until_closed', 'half_chunk', 'no_last_chunk', 'chunks', 'bad_chunk'];
export default function () {
  for (const name of NAMES) attempt(name, () => http.get(`${__ENV.TARGET}/raw/${name}`));
}
