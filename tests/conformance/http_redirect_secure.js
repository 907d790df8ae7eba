// environment: SSL_CERT_FILE=$CA
// samples
import http from 'k6/http';
import { show, answer } from './data/answers.js';
const to = (from, place, status = '302') => __ENV[from] + answer(['status', status], ['header', `Location:${__ENV[place]}/headers`]);
export default function () {
  const headers = { Referer: 'http://me.test/', Authorization: 'Bearer x' };
  for (const [from, place] of [['TARGET', 'SECURE'], ['SECURE', 'TARGET'], ['SECURE', 'SECURE1'], ['SECURE1', 'BAD_EXPIRED']]) {
    show(`${from} ${place}`, http.get(to(from, place)));
    show(`${from} ${place} with headers`, http.get(to(from, place), { headers }));
    show(`${from} ${place} posted`, http.post(to(from, place, '307'), 'body'));
  }
}
