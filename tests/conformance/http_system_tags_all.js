// environment: SSL_CERT_FILE=$CA
// samples
import http from 'k6/http';
import { group } from 'k6';
export const options = { systemTags: ['proto', 'subproto', 'status', 'method', 'url', 'name', 'group', 'check', 'error', 'error_code', 'tls_version', 'scenario', 'service', 'expected_response', 'iter', 'vu', 'ocsp_status', 'ip'], tags: { all: 'run' } };
export default function () {
  group('outer', () => {
    group('inner', () => {
      for (const place of ['TARGET', 'SECURE', 'SECURE1', 'BAD_SELF']) http.get(`${__ENV[place]}/redirect/1`, { tags: { own: place } });
      http.get('http://127.0.0.1:1/');
      http.get(`${__ENV.TARGET}/slow/900`, { timeout: 80 });
      http.get(`${__ENV.TARGET}/raw/nothing`);
    });
  });
  http.get(`${__ENV.TARGET.replace('://', '://user:pass@')}/json`);
  http.get(http.url`${__ENV.TARGET}/status/${404}`);
  http.batch([`${__ENV.TARGET}/json`, ['GET', `${__ENV.TARGET}/status/500`, null, { tags: { name: 'batched' } }]]);
}
