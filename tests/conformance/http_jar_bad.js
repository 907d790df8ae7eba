import http from 'k6/http';
// Wrong arguments of a cookie jar's methods.
const url = `${__ENV.TARGET}/cookies`;
const attempt = (name, call) => {
  try { console.log(name, JSON.stringify(call())); } catch (error) { console.log(name, 'thrown', String(error).split('\n')[0]); }
};
export default function () {
  const jar = new http.CookieJar();
  for (const bad of ['http://', 'x', '', 5, null, undefined, {}]) {
    attempt(`set ${bad}`, () => jar.set(bad, 'a', 'b'));
    attempt(`cookiesForURL ${bad}`, () => jar.cookiesForURL(bad));
    attempt(`clear ${bad}`, () => jar.clear(bad));
    attempt(`delete ${bad}`, () => jar.delete(bad, 'a'));
  }
  for (const options of [{ expires: 'x' }, { expires: 5 }, { max_age: 'x' }, { max_age: -1 }, { path: 5 }, { domain: 'other.test' }, { http_only: 1 }, { what: 1 }, { MAX_AGE: 60 }])
    attempt(`options ${JSON.stringify(options)}`, () => [jar.set(url, 'k', 'v', options), jar.cookiesForURL(url)]);
  for (const value of [null, 5, true, {}, [1, 2], '', 'a b', 'a=b'])
    attempt(`value ${JSON.stringify(value)}`, () => [jar.set(url, 'k', value), jar.cookiesForURL(url)]);
  for (const name of [null, 5, '', 'a b', 'ü'])
    attempt(`name ${JSON.stringify(name)}`, () => [jar.clear(url), jar.set(url, name, 'v'), jar.cookiesForURL(url)]);
  attempt('delete none', () => [jar.clear(url), jar.delete(url, 'nothing'), jar.cookiesForURL(url)]);
}
