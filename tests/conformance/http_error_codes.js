// flags: --block-hostnames blocked.test,*.deep.test --blacklist-ip 10.0.0.0/8
// samples
import http from 'k6/http';
import { attempt } from './data/answers.js';
export default function () {
  for (const url of ['http://127.0.0.1:1/', 'http://blocked.test/', 'http://a.deep.test/', 'http://10.1.2.3/', 'http://no-such-host.invalid/', 'ftp://127.0.0.1/', '127.0.0.1:80/', '/path', 'http://', 'http:///x', 'http://a b/', 'http://[::1', 'http://127.0.0.1:99999/', 'http://127.0.0.1:0/', 'http://127.0.0.1:-1/', 'http://127.0.0.1:x/', 'http://%zz/', 'http://a%20b/', '\u0000', 'http://127.0.0.1:1/\r\nX: y', 'HTTP://127.0.0.1:1/', 'https://127.0.0.1:1/', 'http://127.0.0.1:1', 'http://127.0.0.1:1?a', 'http://127.0.0.1:1#a', '//127.0.0.1:1/', 'http:127.0.0.1', 'javascript:1', 'http://user@:1/', 'http://[::1]:1/']) {
    attempt(JSON.stringify(url), () => http.get(url));
  }
}
