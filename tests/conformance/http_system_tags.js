import http from 'k6/http';
import { group } from 'k6';
// Each system tag of a request, in sub-metrics.
export const options = { systemTags: ['proto', 'status', 'method', 'url', 'name', 'group', 'error', 'error_code', 'expected_response', 'scenario', 'ip', 'iter', 'vu', 'service'],
  thresholds: Object.fromEntries(['proto:HTTP/1.1', 'status:200', 'status:0', 'status:404', 'method:GET', 'method:POST', 'name:mine', 'group:::g', 'error:dial: connection refused', 'error_code:1212', 'error_code:1404', 'expected_response:true',
    'expected_response:false', 'scenario:default', 'ip:127.0.0.1', 'service:x', 'own:tag'].map((tag) => [`http_reqs{${tag}}`, ['count>=0']])) };
export default function () {
  http.get(`${__ENV.TARGET}/json`);
  http.post(`${__ENV.TARGET}/echo`, 'b', { tags: { name: 'mine', own: 'tag', service: 'x' } });
  http.get(`${__ENV.TARGET}/status/404`);
  http.get('http://127.0.0.1:1/');
  group('g', () => http.get(`${__ENV.TARGET}/json`, { responseCallback: null }));
}
