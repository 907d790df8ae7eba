// environment: SSL_CERT_FILE=$CA
// samples
import http from 'k6/http';
import { show } from './data/answers.js';
const place = (name) => __ENV[name].replace('https://', '');
export const options = { hosts: { 'app.test': place('SECURE'), 'localhost:4443': place('SECURE1'), '*.wild.test': place('TLS12') } };
export default function () {
  show('another name', http.get('https://app.test/json'));
  show('a name of its own', http.get('https://localhost:4443/headers'));
  show('a pattern', http.get('https://a.wild.test:8443/json'));
  show('with a Host', http.get('https://localhost:4443/headers', { headers: { Host: 'elsewhere.test' } }));
}
