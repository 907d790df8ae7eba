// environment: SSL_CERT_FILE=$CA
// samples
import http from 'k6/http';
import { show } from './data/answers.js';
export function setup() {
  show('setup', http.get(`${__ENV.SECURE}/json`));
  return http.get(`${__ENV.TARGET}/json`).json();
}
export default function (data) {
  console.log(data.hello, data.people.length);
  show('default', http.get(`${__ENV.SECURE}/json`));
}
export function teardown() { show('teardown', http.get(`${__ENV.SECURE1}/json`)); }
