// starts: 15 ms
// 70 a second, however long each takes. The end lies between two ticks: of a tick that is due at the end itself k6, which
// rounds the period down, starts one more.
import { sleep } from 'k6';
import { started } from './data/starts.js';

export const options = {
  scenarios: {
    rate: { executor: 'constant-arrival-rate', rate: 70, timeUnit: '1s', duration: '3993ms', preAllocatedVUs: 120 },
  },
};

export default function () {
  started();
  sleep(0.3);
}
