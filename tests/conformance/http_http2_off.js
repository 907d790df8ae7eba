// environment: SSL_CERT_FILE=$CA GODEBUG=http2client=0
// samples
import http from 'k6/http';
import { show } from './data/answers.js';
export default function () {
  for (const path of ['/json', '/headers', '/redirect/1']) show(path, http.get(`${__ENV.SECURE}${path}`));
}
