// Answers that count as failed, and checks that do not always hold.
import http from 'k6/http';
import { check } from 'k6';

export const options = { vus: 1, iterations: 6 };

export default function () {
  const path = __ITER % 3 === 0 ? '/missing' : '/';
  check(http.get(`${__ENV.BASE_URL}${path}`), { 'status is 200': (r) => r.status === 200 });
}
