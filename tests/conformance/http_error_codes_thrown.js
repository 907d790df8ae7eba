// flags: --throw --block-hostnames blocked.test --blacklist-ip 10.0.0.0/8
import http from 'k6/http';
import { attempt } from './data/answers.js';
export default function () {
  for (const url of ['http://127.0.0.1:1/', 'http://blocked.test/', 'http://10.1.2.3/', 'ftp://127.0.0.1/', '/path', 'http://', 'http://a b/', 'http://[::1', 'http://127.0.0.1:99999/', '', null, 5]) attempt(JSON.stringify(url), () => http.get(url));
  for (const name of ['nothing', 'half_head', 'short_body', 'not_http', 'broken_gzip']) attempt(name, () => http.get(`${__ENV.TARGET}/raw/${name}`));
}
