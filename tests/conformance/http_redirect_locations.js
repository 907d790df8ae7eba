// samples
import http from 'k6/http';
import { attempt, answer } from './data/answers.js';
const to = (location, status = '302') => __ENV.TARGET + answer(['status', status], ['header', `Location:${location}`]);
export default function () {
  const locations = ['/json', 'json', '?status=201', '#part', '//127.0.0.1:1/', '../json', './json', '', ' /json ', `${__ENV.TARGET}/json`, `${__ENV.TARGET}/echo?a=b#c`, 'HTTP://127.0.0.1:1/',
    'ftp://x/', 'javascript:alert(1)', 'mailto:a@b', 'file:///etc/passwd', 'http://', 'http:///json', 'http://[::1', 'http://a b/', '/a b', '/%zz', '/ü', 'http://127.0.0.1:99999/', ':bad', `${__ENV.TARGET.replace('://', '://user:pass@')}/headers`];
  for (const location of locations) attempt(location, () => http.get(to(location)));
  attempt('none', () => http.get(__ENV.TARGET + answer(['status', '302'])));
  attempt('two', () => http.get(__ENV.TARGET + answer(['status', '302'], ['header', 'Location:/json'], ['header', 'Location:/text'])));
  attempt('fragment kept', () => http.get(`${to('/echo')}#frag`));
}
