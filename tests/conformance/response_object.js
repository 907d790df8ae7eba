// A response is an object like others: its parts and methods are its own.
import http from 'k6/http';
const shown = (o) => Object.keys(o).map((k) => `${k}:${typeof o[k]}`).join(' ');
export default function () {
  const get = () => http.get(`${__ENV.TARGET}/json`);
  const r = http.post(`${__ENV.TARGET}/echo`, 'q=1', { headers: { 'X-Custom': '1' } });
  console.log(shown(r), shown(r.timings), shown(r.request), shown(r.ocsp));
  const spread = { ...r };
  console.log(shown(spread), spread.status, spread.headers['Content-Type'], spread.request.method, spread.json('method'));
  console.log(shown(Object.assign({}, r, { extra: 1 })));
  const { body, status, headers, timings, json, ...rest } = r;
  console.log(status, body === r.body, headers['Content-Type'], timings.duration >= 0, json('method'), shown(rest));
  const names = []; for (const name in r) names.push(name);
  console.log(names.join());
  console.log(['status', 'headers', 'json', 'html', 'nothing'].map((k) => `${k in r} ${Object.hasOwn(r, k)}`).join());
  console.log(Object.values(r).length, Object.entries(r).map(([k]) => k).join());
  console.log(Object.keys(JSON.parse(JSON.stringify(r))).join(), JSON.stringify(r, ['status', 'headers', 'Content-Type']));
  r.status = 299; r.body = '{"b":2}'; r.headers['X-New'] = 'n'; r.timings.duration = 1; r.error = 'e';
  console.log(r.status, r.body, r.headers['X-New'], r.timings.duration, r.error, JSON.stringify(r.json()), r.json('b'));
  console.log([get(), get()].map((x) => x.json).map((j) => j('items.#')).join(), new Map([[r, 'x']]).get(r));
  const detached = get().json;
  console.log(JSON.stringify(detached('nested')), JSON.stringify(detached.call(null, 'items')), detached.bind({})('items.0'));
  console.log(Object.prototype.toString.call(r), String(r), typeof r.constructor);
  const bad = http.get('http://127.0.0.1:1/');
  console.log(shown(bad), bad.error_code, bad.status_text === '', bad.proto === '');
}
