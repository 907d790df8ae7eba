import http from 'k6/http';
// Each function with few and with many arguments; methods that the server does not know.
const url = `${__ENV.TARGET}/echo`;
const show = (name, call) => {
  try {
    const res = call();
    console.log(name, res.status, res.request && res.request.method, res.status === 200 && res.body ? res.json('method') + res.json('body') : '');
  } catch (error) { console.log(name, 'thrown', String(error).split('\n')[0]); }
};
export default function () {
  for (const name of ['get', 'head', 'post', 'put', 'patch', 'del', 'options']) {
    show(`${name} 0`, () => http[name]());
    show(`${name} 1`, () => http[name](url));
    show(`${name} null`, () => http[name](url, null));
    show(`${name} 2`, () => http[name](url, name === 'get' || name === 'head' ? { tags: { a: 'b' } } : 'body'));
    show(`${name} 3`, () => http[name](url, name === 'get' || name === 'head' ? {} : 'body', { headers: { 'X-Custom': 'c' } }));
  }
  for (const method of ['GET', 'get', 'Post', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD'])
    show(`request ${method}`, () => http.request(method, url, method === 'HEAD' ? null : 'b'));
  show('request 0', () => http.request());
  show('request 1', () => http.request('GET'));
}
