// samples
import http from 'k6/http';
import { show, answer } from './data/answers.js';
const to = (location, ...more) => __ENV.TARGET + answer(['status', '302'], ['header', `Location:${location}`], ...more);
const other = __ENV.TARGET.replace('127.0.0.1', 'localhost');
export default function () {
  const headers = { Authorization: 'Bearer x', Cookie: 'by=hand', Referer: 'http://me.test/', 'X-Own': '1', Host: 'own.test' };
  show('same host', http.get(to('/headers'), { headers }));
  show('absolute', http.get(to(`${__ENV.TARGET}/headers`), { headers }));
  show('another host', http.get(to(`${other}/headers`), { headers }));
  show('and back', http.get(to(other + answer(['status', '302'], ['header', `Location:${__ENV.TARGET}/headers`])), { headers }));
  show('no headers', http.get(to('/headers')));
  show('user', http.get(to('/headers').replace('://', '://user:pass@')));
  show('user, another host', http.get(to(`${other}/headers`).replace('://', '://user:pass@')));
  show('cookies', http.get(to('/headers', ['header', 'Set-Cookie:set=onway']), { cookies: { given: 'here' } }));
  show('posted', http.post(to('/headers'), { a: 'b' }, { headers: { 'Content-Type': 'text/x', 'Content-Encoding': 'x' } }));
}
