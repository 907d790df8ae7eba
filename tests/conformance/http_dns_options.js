// flags: --dns ttl=0,select=first,policy=onlyIPv4
// samples
import http from 'k6/http';
import { attempt } from './data/answers.js';
export default function () {
  const port = __ENV.TARGET.split(':').pop();
  attempt('name', () => http.get(`http://localhost:${port}/json`));
  attempt('again', () => http.get(`http://localhost:${port}/json`));
  attempt('no name', () => http.get('http://no-such-host.invalid/'));
}
