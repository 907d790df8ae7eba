// Requests from looping VUs; HTTP and NETWORK blocks.
import http from 'k6/http';
import { check, sleep } from 'k6';

export const options = { vus: 2, duration: '2s' };

export default function () {
  const response = http.get(`${__ENV.BASE_URL}/`);
  check(response, { 'status is 200': (r) => r.status === 200, 'has a body': (r) => r.body.length > 0 });
  sleep(0.1);
}
