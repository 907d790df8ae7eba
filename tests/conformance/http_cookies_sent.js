// samples
import http from 'k6/http';
import { attempt } from './data/answers.js';
export default function () {
  const url = `${__ENV.TARGET}/headers`;
  const values = ['plain', '', 'with space', 'a;b', 'a,b', 'a=b', 'a%20b', 5, 1.5, true, null, undefined, { value: 'v' }, { value: 'v', replace: true }, { replace: true }, { value: null }, { value: 5 }, ['x'], {}];
  for (const value of values) attempt(JSON.stringify(value), () => http.get(url, { cookies: { a: value } }));
  for (const name of ['a b', 'a;b', '', 'ä', 'a=b']) attempt(`name ${name}`, () => http.get(url, { cookies: { [name]: 'v' } }));
  attempt('and a header', () => http.get(url, { cookies: { a: '1' }, headers: { Cookie: 'c=3' } }));
  attempt('a header alone', () => http.get(url, { headers: { cookie: 'c=3; d=4' } }));
  attempt('cookies no object', () => http.get(url, { cookies: 'a' }));
}
