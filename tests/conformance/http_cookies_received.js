// samples
import http from 'k6/http';
import { show, answer } from './data/answers.js';
export default function () {
  const cookies = ['a=b', 'a=', '=b', 'a', 'a=b; Path=/x', 'a=b; Domain=127.0.0.1', 'a=b; Domain=.example.test', 'a=b; Max-Age=0', 'a=b; Max-Age=60', 'a=b; Max-Age=-1', 'a=b; Max-Age=x', 'a=b; Expires=Wed, 01 Jan 2070 00:00:00 GMT',
    'a=b; Expires=Wed, 01-Jan-2070 00:00:00 GMT', 'a=b; Expires=yesterday', 'a=b; HttpOnly', 'a=b; SameSite=Lax', 'a=b; Unknown=x', 'a="quoted"', 'a=with space', 'a=b=c', ' a = b ; Path = / ', 'A=b; PATH=/; HTTPONLY', 'a=b;;;Path=/', 'a=%20'];
  for (const cookie of cookies) {
    show(cookie, http.get(__ENV.TARGET + answer(['header', `Set-Cookie:${cookie}`], ['body', 'x'])));
    show('  then', http.get(`${__ENV.TARGET}/headers`));
    http.cookieJar().clear(__ENV.TARGET);
  }
  show('several', http.get(__ENV.TARGET + answer(['header', 'Set-Cookie:a=1'], ['header', 'Set-Cookie:b=2; Path=/'], ['header', 'Set-Cookie:a=3; Path=/'])));
  show('  then', http.get(`${__ENV.TARGET}/headers`));
}
