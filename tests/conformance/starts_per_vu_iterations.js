// starts: 25 ms
// As many iterations in each VU, one after the other.
import { sleep } from 'k6';
import exec from 'k6/execution';
import { started } from './data/starts.js';

export const options = {
  scenarios: { each: { executor: 'per-vu-iterations', vus: 5, iterations: 10, maxDuration: '20s' } },
};

export default function () {
  started();
  sleep(0.15 + 0.15 * (exec.vu.iterationInScenario % 3));
}
