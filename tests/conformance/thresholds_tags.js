import http from 'k6/http';
export const options = { iterations: 2, thresholds: {
  'http_reqs{name:first}': ['count==2'], 'http_reqs{name:second}': ['count==2'], 'http_req_failed{expected_response:true}': ['rate==0'],
} };
export default function () {
  http.get(`${__ENV.TARGET}/json`, { tags: { name: 'first' } });
  http.get(`${__ENV.TARGET}/text`, { tags: { name: 'second' } });
}
