import http from 'k6/http';
// Every field of an answer, but for what differs from one request to the next.
function show(name, res) {
  const { timings, remote_port, headers, request, ...rest } = res;
  const sorted = (object) => JSON.stringify(Object.entries(object).filter(([key]) => key !== 'Date' && key !== 'Server').sort());
  const asked = request ? [request.method, request.url, request.body, sorted(request.headers), sorted(request.cookies)].join() : request;
  const text = JSON.stringify(rest, (key, value) => (value instanceof ArrayBuffer ? `bytes ${value.byteLength}` : value)) + asked;
  console.log(name, text.replaceAll(__ENV.TARGET, 'TARGET'), sorted(headers), Object.keys(timings).join());
}
export const options = { userAgent: 'me' };
export default function () {
  const at = (path) => `${__ENV.TARGET}/${path}`;
  for (const path of ['json', 'text', 'status/201', 'status/204', 'status/304', 'status/404', 'status/503', 'cookies/set', 'redirect/2', 'nothing']) {
    show(path, http.get(at(path)));
    show(`head ${path}`, http.head(at(path)));
  }
  show('binary', http.get(at('bytes'), { responseType: 'binary' }));
  show('none', http.get(at('json'), { responseType: 'none' }));
  show('post', http.post(at('echo'), { a: [1, 'b'], c: null }, { headers: { 'x-custom': '1' }, cookies: { k: 'v', r: { value: 'w', replace: true } } }));
  show('put', http.put(at('echo'), 'text', { tags: { a: 'b' }, timeout: '20s', redirects: 0 }));
  show('limited', http.get(at('redirect/3'), { redirects: 1 }));
  show('query', http.get(at('echo?a=b&c=d#part')));
}
