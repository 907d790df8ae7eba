// Data from setup(), checks and requests around the iterations.
import http from 'k6/http';
import { check, sleep } from 'k6';

export const options = { vus: 2, iterations: 4, setupTimeout: '10s' };

export function setup() {
  check(http.get(`${__ENV.BASE_URL}/`), { 'setup reached the server': (r) => r.status === 200 });
  sleep(1.2);
  return { users: ['ann', 'bob'], limit: 2.5 };
}

export default function (data) {
  check(data, { 'data arrived': (d) => d.users.length === 2 });
}

export function teardown(data) {
  check(data, { 'data survived': (d) => d.limit === 2.5 });
}
