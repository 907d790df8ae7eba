import http from 'k6/http';
// Cookies of a request's own: their forms, and what the jar adds.
const sent = (cookies, params = {}) => http.get(`${__ENV.TARGET}/cookies`, { cookies, ...params }).json('cookie').split('; ').sort().join('; ');
export default function () {
  console.log(sent({ a: '1' }), '|', sent({ a: 1, b: true, c: 1.5 }), '|', sent({ a: { value: 'x' } }), '|', sent({ a: { value: 'x', replace: true } }));
  console.log(sent({ a: '' }), '|', sent({ '': 'x' }), '|', sent({ 'a b': 'x' }), '|', sent({ a: 'x y' }), '|', sent({ a: 'x;y' }), '|', sent({ a: 'x,y' }));
  http.cookieJar().set(__ENV.TARGET, 'j', 'jar');
  console.log(sent({ j: 'own' }), '|', sent({ j: { value: 'own', replace: true } }), '|', sent({ k: 'own' }), '|', sent({}, { headers: { Cookie: 'h=1' } }));
  const jar = new http.CookieJar();
  jar.set(__ENV.TARGET, 'o', 'other');
  console.log(sent({ k: 'own' }, { jar }), '|', sent({}, { jar: null }), '|', sent({ a: null, b: undefined }));
  const res = http.get(`${__ENV.TARGET}/cookies`, { cookies: { a: { value: 'x', replace: true }, b: 'y' } });
  console.log(JSON.stringify(Object.entries(res.request.cookies).sort()), JSON.stringify(res.cookies));
}
