// environment: SSL_CERT_FILE=$CA
import http from 'k6/http';
import { show } from './data/answers.js';
export default async function () {
  const at = (path) => `${__ENV.SECURE}${path}`;
  const strip = (res) => ({ ...res, timings: { x: 1 } });
  http.batch([...Array(12).keys()].map((n) => ['POST', at('/echo'), `body ${n}`])).forEach((res, n) => show(n, strip(res)));
  const named = http.batch({ one: at('/json'), two: { method: 'PUT', url: at('/echo'), body: 'b', params: { tags: { a: 'b' } } }, three: at('/status/404') });
  for (const key of Object.keys(named).sort()) show(key, strip(named[key]));
  const all = await Promise.all([...Array(15).keys()].map((n) => http.asyncRequest('GET', at(`/slow/${150 - n * 10}`))));
  console.log(all.map((res) => `${res.status}${res.proto}`).join());
}
