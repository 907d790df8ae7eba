// Methods of k6's objects are their own and bound; constructors work without `new`.
import crypto from 'k6/crypto';
import { SharedArray } from 'k6/data';
import exec from 'k6/execution';
import http from 'k6/http';
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';
const t = Trend('own_t', true), c = Counter('own_c'), r = Rate('own_r'), g = new Gauge('own_g');
const rows = SharedArray('rows', () => [1, 2, 3]);
export default function () {
  const { add } = c;
  add(1); [5, 6, 7].forEach(t.add); const api = { hit: c.add, ok: r.add }; api.hit(2); api.ok(true); Promise.resolve(3).then(g.add);
  console.log(c.add.call(null, 4), c.add.bind(null)(5), t.add.apply(undefined, [1, { k: 'v' }]), [1, 2].map((v) => t.add(v)).join());
  console.log(Object.keys(t).join(), t.name, JSON.stringify(t), typeof { ...t }.add, rows.length, rows[1]);
  const jar = http.CookieJar(), { set, cookiesForURL, clear } = jar;
  set(__ENV.TARGET, 'a', 'b'); console.log(Object.keys(jar).join(), JSON.stringify(cookiesForURL(__ENV.TARGET)));
  clear(__ENV.TARGET); console.log(JSON.stringify(jar.cookiesForURL(__ENV.TARGET)), typeof { ...http.cookieJar() }.set);
  const { update, digest } = crypto.createHash('sha256'); update('a'); console.log(digest('hex'));
  console.log(Object.keys(crypto.createHMAC('md5', 'k')).sort().join());
  const { get, post } = http; console.log(get(`${__ENV.TARGET}/json`).status, post(`${__ENV.TARGET}/json`).status);
  const { scenario, vu } = exec; console.log(scenario.iterationInTest, vu.idInTest, Object.keys(scenario).sort().join());
}
