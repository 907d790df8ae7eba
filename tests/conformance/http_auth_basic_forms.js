// samples
import http from 'k6/http';
import { show } from './data/answers.js';
// k6 masks credentials with %40 only in part.
export const options = { systemTags: ['status', 'method', 'proto', 'expected_response'] };
const at = (user, path = '/headers') => __ENV.TARGET.replace('://', `://${user}@`) + path;
export default function () {
  for (const user of ['user:pass', 'user', 'user:', ':pass', 'a%40b:c%3Ad', 'us%20er:p%C3%A4ss', '%F0%9F%98%80:x']) show(user, http.get(at(user)));
  show('basic', http.get(at('user:pass'), { auth: 'basic' }));
  show('unknown', http.get(at('user:pass'), { auth: 'bearer' }));
  show('header wins', http.get(at('user:pass'), { headers: { Authorization: 'Bearer x' } }));
  show('empty header', http.get(at('user:pass'), { headers: { Authorization: '' } }));
  show('moved', http.get(at('user:pass', '/redirect/1')));
  show('post', http.post(at('user:pass', '/echo'), { a: 'b' }));
}
