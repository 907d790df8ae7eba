import http from 'k6/http';
const url = `${__ENV.TARGET}/echo`;
export default function () {
  for (const method of ['post', 'put', 'patch', 'del', 'options']) {
    console.log(method, http[method](url, 'the body').body);
  }
  console.log(JSON.stringify(http.head(`${__ENV.TARGET}/json`).body), http.request('GET', url).json('method'));
  console.log(http.post(url, { b: 2, a: 'x y', list: ['p', 'q'], n: null }).body);
  console.log(http.post(url, JSON.stringify({ a: 1 }), { headers: { 'Content-Type': 'application/json' } }).body);
  console.log(http.get(url, { headers: { 'x-custom': 'ünï', Authorization: 'Bearer t' } }).json('headers.X-Custom'));
  console.log(http.post(url).json('body') === '', http.post(url, new Uint8Array([104, 105]).buffer).json('body'));
}
