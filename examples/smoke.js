// Asks nobody for anything: whether an installation works.
//
//   loadctl run --agents 2 examples/smoke.js
import { check } from 'k6';
import { Counter } from 'k6/metrics';

const done = new Counter('done');

export const options = {
  vus: 4,
  iterations: 40,
  thresholds: { done: ['count==40'], checks: ['rate==1'] },
};

export default function () {
  done.add(1);
  check(1, { works: (x) => x === 1 });
}
