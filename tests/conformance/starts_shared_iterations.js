// starts: 25 ms
// Iterations that VUs take from one counter.
import { sleep } from 'k6';
import { started } from './data/starts.js';

export const options = {
  scenarios: { shared: { executor: 'shared-iterations', vus: 5, iterations: 60, maxDuration: '20s' } },
};

export default function () {
  started();
  sleep(0.25);
}
