// A first load test: ten virtual users ask for a page, check the answer, and think for a moment.
//
//   scripts/quickstart                                        against the demo target
//   loadctl run -e TARGET=https://test.example examples/first.js    against a site of yours
import http from 'k6/http';
import { check, sleep } from 'k6';

export const options = {
  vus: 10,
  duration: '5s',
  // The run fails (exit code 99) if one of these does not hold.
  thresholds: {
    http_req_failed: ['rate<0.01'],
    http_req_duration: ['p(95)<500'],
    checks: ['rate>0.99'],
  },
};

// Each virtual user calls this function again and again until the time is up.
export default function () {
  const res = http.get(__ENV.TARGET);
  check(res, {
    'status is 200': (r) => r.status === 200,
    'says hello': (r) => r.json('hello') === 'world',
  });
  sleep(0.2);
}
