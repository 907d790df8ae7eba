// samples
import http from 'k6/http';
import { show } from './data/answers.js';
// No authority is known here: each server is refused, and says why.
export default function () {
  for (const place of ['SECURE', 'SECURE1', 'TLS12', 'TLS13', 'MUTUAL', 'BAD_SELF', 'BAD_STRANGER', 'BAD_ELSEWHERE', 'BAD_EXPIRED']) {
    show(place, http.get(`${__ENV[place]}/json`));
  }
}
