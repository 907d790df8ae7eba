// starts: 15 ms
// A rate that rises, stays, jumps and falls.
import { sleep } from 'k6';
import { started } from './data/starts.js';

export const options = {
  scenarios: {
    rates: {
      executor: 'ramping-arrival-rate', startRate: 10, timeUnit: '1s', preAllocatedVUs: 120,
      stages: [{ duration: '1500ms', target: 90 }, { duration: '500ms', target: 90 }, { duration: '0s', target: 40 },
        { duration: '700ms', target: 40 }, { duration: '1s', target: 3 }],
    },
  },
};

export default function () {
  started();
  sleep(0.2);
}
