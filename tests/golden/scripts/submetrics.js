// Sub-metrics that are only shown, one of them never fed.
import http from 'k6/http';
import { Counter } from 'k6/metrics';

const seen = new Counter('seen');

export const options = {
  iterations: 4,
  thresholds: {
    'http_req_duration{name:first}': [],
    'http_req_duration{name:none}': ['max>=0'],
    'http_reqs{status:200}': [],
    'seen{tag_with_a_long_name:and a long value, other:x}': [],
    'iteration_duration{scenario:default}': ['max>=0'],
  },
};

export default function () {
  http.get(`${__ENV.BASE_URL}/`, { tags: { name: 'first' } });
  http.get(`${__ENV.BASE_URL}/second`);
  seen.add(1, { tag_with_a_long_name: 'and a long value', other: 'x' });
}
