// starts: 25 ms
// Looping VUs: each starts again when its iteration, of one length or another, has ended.
import { sleep } from 'k6';
import exec from 'k6/execution';
import { started } from './data/starts.js';

export const options = {
  scenarios: { looping: { executor: 'constant-vus', vus: 5, duration: '3050ms', gracefulStop: '1s' } },
};

export default function () {
  started();
  sleep(0.2 + 0.1 * (exec.vu.iterationInScenario % 3));
}
