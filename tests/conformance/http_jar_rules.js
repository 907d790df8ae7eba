import http from 'k6/http';
// Which cookies a jar keeps, gives and sends.
export default function () {
  const host = __ENV.TARGET;
  const jar = http.cookieJar();
  const show = (name, of = jar, url = host) => console.log(name, JSON.stringify(Object.entries(of.cookiesForURL(url)).sort()));
  const tell = (name, call) => { try { console.log(name, JSON.stringify(call())); } catch (error) { console.log(name, 'thrown', String(error).split('\n')[0]); } };
  tell('set', () => jar.set(host, 'a', '1'));
  tell('set path', () => jar.set(host, 'b', '2', { path: '/cookies' }));
  tell('set domain', () => jar.set(host, 'c', '3', { domain: '127.0.0.1' }));
  tell('set other domain', () => jar.set(host, 'd', '4', { domain: 'example.com' }));
  tell('set max age', () => jar.set(host, 'f', '6', { max_age: 0 }));
  tell('set past', () => jar.set(host, 'g', '7', { expires: 'Mon, 02 Jan 2006 15:04:05 GMT' }));
  tell('set future', () => jar.set(host, 'h', '8', { expires: 'Mon, 02 Jan 2046 15:04:05 GMT', http_only: true }));
  tell('set bad date', () => jar.set(host, 'i', '9', { expires: 'soon' }));
  tell('set number', () => jar.set(host, 'j', 10));
  tell('set nothing', () => jar.set(host, 'k'));
  tell('set bad url', () => jar.set('http://a b/', 'l', '1'));
  show('root'); show('path', jar, `${host}/cookies`); show('below', jar, `${host}/cookies/x`); show('elsewhere', jar, 'http://example.com/'); show('beside', jar, `${host}/cookiesx`);
  console.log('sent', http.get(`${host}/cookies`).json('cookie').split('; ').sort().join());
  console.log('sent with own', http.get(`${host}/cookies`, { cookies: { a: 'own', z: { value: 'zz', replace: true }, b: { value: 'bb', replace: true } } }).json('cookie').split('; ').sort().join());
  tell('delete', () => jar.delete(host, 'a'));
  show('deleted');
  tell('clear', () => jar.clear(`${host}/cookies`));
  show('cleared', jar, `${host}/cookies`);
  const other = new http.CookieJar();
  http.get(`${host}/cookies/set`, { jar: other });
  show('other', other); show('own', jar);
  console.log('by other', http.get(`${host}/cookies`, { jar: other }).json('cookie'), 'by own', http.get(`${host}/cookies`).json('cookie'));
}
