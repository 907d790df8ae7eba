import http from 'k6/http';
import { check } from 'k6';
export default function () {
  const res = http.get(`${__ENV.TARGET}/json`);
  check(res, { '200': (r) => r.status === 200, 'has a body': (r) => r.body.length > 10 });
  console.log(res.status, res.status_text, res.proto, res.headers['Content-Type'], res.error, res.error_code);
  console.log(res.json('hello'), res.json('items.1'), res.json('nested.deep.value'), res.json('people.#.name'));
  console.log(JSON.stringify(res.json().people, ['name', 'age']), typeof res.json('none'), res.json('items.#'));
  console.log(Object.keys(res.timings).sort().join(), res.url === `${__ENV.TARGET}/json`, res.request.method);
  console.log(res.remote_ip, typeof res.remote_port, res.tls_version, JSON.stringify(res.cookies));
}
