// varying: a tick may fall on either side of the end of another iteration
// unordered
// segments: each instance warns of its own VUs
import { sleep } from 'k6';
import exec from 'k6/execution';

export const options = {
  scenarios: {
    enough: { executor: 'constant-arrival-rate', rate: 50, duration: '2s', preAllocatedVUs: 10 },
    short: {
      executor: 'constant-arrival-rate', rate: 10, duration: '1s', preAllocatedVUs: 2, exec: 'slow', startTime: '2s',
    },
  },
};

export default function () {
  if (exec.scenario.iterationInTest < 100) console.log(`enough ${exec.scenario.iterationInTest}`);
}

export function slow() {
  console.log(`slow ${exec.scenario.iterationInTest} ${exec.vu.idInTest <= 13}`);
  sleep(3);
}
