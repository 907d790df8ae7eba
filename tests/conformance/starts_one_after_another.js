// starts: 25 ms
// Scenarios that begin one after another, and overlap.
import { sleep } from 'k6';
import { started } from './data/starts.js';

export const options = {
  scenarios: {
    first: { executor: 'shared-iterations', vus: 3, iterations: 12 },
    second: {
      executor: 'constant-arrival-rate', rate: 7, timeUnit: '300ms', duration: '1490ms', preAllocatedVUs: 45,
      startTime: '750ms',
    },
    third: { executor: 'per-vu-iterations', vus: 4, iterations: 3, startTime: '1800ms' },
    fourth: { executor: 'ramping-vus', startVUs: 3, stages: [{ duration: '1100ms', target: 6 }], startTime: '2500ms' },
  },
};

export default function () {
  started();
  sleep(0.2);
}
