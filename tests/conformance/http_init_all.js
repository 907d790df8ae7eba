import http from 'k6/http';
// What may be called in the init context, and what may not.
// repeated
const attempt = (name, call) => {
  try { console.log(name, typeof call()); } catch (error) { console.log(name, 'thrown', String(error).split('\n')[0]); }
};
const url = 'http://127.0.0.1:1/';
for (const name of ['get', 'head', 'post', 'put', 'patch', 'del', 'options']) attempt(name, () => http[name](url));
attempt('request', () => http.request('GET', url));
attempt('batch', () => http.batch([url]));
attempt('cookieJar', () => http.cookieJar());
attempt('CookieJar', () => new http.CookieJar());
attempt('file', () => http.file('x'));
attempt('expectedStatuses', () => http.expectedStatuses(200));
attempt('setResponseCallback', () => http.setResponseCallback(null));
attempt('url', () => http.url`${url}`);
export default function () {}
