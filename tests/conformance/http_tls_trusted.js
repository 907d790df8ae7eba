// environment: SSL_CERT_FILE=$CA
// samples
import http from 'k6/http';
import { show } from './data/answers.js';
export default function () {
  for (const place of ['SECURE', 'SECURE1', 'TLS12', 'TLS13', 'BAD_COMPLETE']) {
    show(place, http.get(`${__ENV[place]}/json`));
    show(`${place} by name`, http.get(`${__ENV[place].replace('127.0.0.1', 'localhost')}/headers`));
  }
}
