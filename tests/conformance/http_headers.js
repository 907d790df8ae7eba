import http from 'k6/http';
// What of headers and credentials reaches the server, and what `request` shows of them.
export const options = { userAgent: 'me' };
export default function () {
  const at = (path, user = '') => `${__ENV.TARGET.replace('://', `://${user}`)}/${path}`;
  const show = (name, res) => console.log(name, res.status, res.error, [res.json('method'), res.json('path'), res.json('body'), JSON.stringify(Object.entries(res.json('headers')).sort())].join(), JSON.stringify(Object.entries(res.request.headers).sort()));
  show('case', http.get(at('echo'), { headers: { 'x-CUSTOM': 'a', 'content-type': 'b/c' } }));
  show('twice', http.get(at('echo'), { headers: { 'x-custom': 'a', 'X-Custom': 'b' } }));
  show('kinds', http.get(at('echo'), { headers: { 'X-Custom': 5, 'Content-Type': ['a', 'b'] } }));
  show('yes', http.get(at('echo'), { headers: { 'X-Custom': true, 'X-Other': { a: 1 } } }));
  show('spaces', http.get(at('echo'), { headers: { 'X-Custom': '  a b\t' } }));
  show('empty', http.get(at('echo'), { headers: { 'X-Custom': '', 'User-Agent': '' } }));
  show('unicode', http.get(at('echo'), { headers: { 'X-Other': 'é' } }));
  show('length', http.post(at('echo'), 'abc', { headers: { 'Content-Length': '3' } }));
  show('wrong length', http.post(at('echo'), 'abc', { headers: { 'Content-Length': '99' } }));
  show('form type', http.post(at('echo'), { a: 1 }, { headers: { 'Content-Type': 'x/y' } }));
  show('user', http.get(at('echo', 'me:pw@')));
  show('user only', http.get(at('echo', 'me@')));
  show('user escaped', http.get(at('echo', 'm%40e:p%3Aw@')));
  show('user and header', http.get(at('echo', 'me:pw@'), { headers: { Authorization: 'mine' } }));
  show('basic', http.get(at('echo', 'me:pw@'), { auth: 'basic' }));
  show('other auth', http.get(at('echo', 'me:pw@'), { auth: 'none' }));
  show('ntlm without demand', http.get(at('echo', 'me:pw@'), { auth: 'ntlm' }));
  console.log('url', http.get(at('echo', 'me:pw@')).url.replace(__ENV.TARGET.slice(7), 'HOST'), http.get(at('redirect/1', 'me:pw@')).url.replace(__ENV.TARGET.slice(7), 'HOST'));
}
