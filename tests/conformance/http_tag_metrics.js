import http from 'k6/http';
// Which samples carry which tags: sub-metrics count them.
const tags = ['status:200', 'status:404', 'status:0', 'status:302', 'method:GET', 'method:POST', 'method:HEAD', 'proto:HTTP/1.1', 'expected_response:true',
  'expected_response:false', 'error_code:1404', 'error_code:1212', 'error_code:1050', 'name:fixed', 'name:byTag', 'my:tag', 'tls_version:tls1.3', 'group:::outer',
  'scenario:default', 'url:fixed', 'error:dial: connection refused', 'ip:127.0.0.1'];
const thresholds = {};
for (const tag of tags) for (const metric of ['http_reqs', 'http_req_failed', 'http_req_duration']) thresholds[`${metric}{${tag}}`] = [metric === 'http_req_failed' ? 'rate>=0' : metric === 'http_reqs' ? 'count>=0' : 'max>=0'];
export const options = { thresholds, systemTags: ['status', 'method', 'url', 'name', 'group', 'error', 'error_code', 'expected_response', 'proto', 'tls_version', 'scenario', 'ip'] };
export default function () {
  const at = (path) => `${__ENV.TARGET}/${path}`;
  http.get(at('json'));
  http.get(at('redirect/2'));
  http.get(at('status/404'));
  http.get(at('status/404'), { responseCallback: http.expectedStatuses(404) });
  http.get(at('json'), { responseCallback: null });
  http.get(at('json'), { responseCallback: http.expectedStatuses({ min: 500, max: 599 }) });
  http.head(at('json'), { tags: { my: 'tag' } });
  http.post(at('echo'), 'x', { tags: { name: 'byTag' } });
  http.get(http.url`${at('json')}?id=${1}`);
  http.get(at('json'), { tags: { name: 'fixed' } });
  http.get('http://127.0.0.1:1/');
  http.get(at('slow/2000'), { timeout: 100 });
  http.batch([at('json'), ['POST', at('echo'), 'a', { tags: { my: 'tag' } }]]);
}
