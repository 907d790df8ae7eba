// environment: SSL_CERT_FILE=$CA
// samples
import http from 'k6/http';
import { show, answer } from './data/answers.js';
export const options = { userAgent: 'me' };
export default function () {
  const at = (path) => `${__ENV.SECURE}${path}`;
  for (const path of ['/json', '/text', '/status/201', '/status/204', '/status/304', '/status/404', '/status/503', '/cookies/set', '/redirect/2', '/coded/gzip', '/coded/br,gzip']) {
    show(path, http.get(at(path)));
    if (!path.startsWith('/coded')) show(`head ${path}`, http.head(at(path)));
  }
  show('binary', http.get(at('/bytes'), { responseType: 'binary' }));
  show('none', http.get(at('/json'), { responseType: 'none' }));
  show('headers', http.get(at('/headers'), { headers: { 'X-Ab': '1', 'x-cd': 'é', Te: 'trailers', Connection: 'close', 'Content-Length': '3', Host: 'other.test' } }));
  show('fields', http.get(at(answer(['header', 'X-One:1'], ['header', 'x-one:2'], ['header', 'X-Empty:'], ['body', 'b']))));
  show('cookies', http.get(at('/headers'), { cookies: { c: { value: 'd e', replace: true } } }));
  for (const method of ['post', 'put', 'patch', 'del', 'options']) show(method, http[method](at('/echo'), { a: [1, 'b'], c: null }, { headers: { 'x-custom': '1' } }));
  show('no body', http.post(at('/headers')));
  show('empty', http.post(at('/headers'), ''));
  show('bytes', http.post(at('/echo'), new Uint8Array([104, 105]).buffer));
  show('large', http.post(at('/sha1'), 'x'.repeat(300000)));
  show('method', http.request('PROPFIND', at('/json')));
}
