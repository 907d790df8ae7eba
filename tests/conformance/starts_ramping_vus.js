// starts: 25 ms
// A ramp of VUs up, level, down, and up at once: all iterations, and by themselves the first ones of each VU. Stages are
// such that no iteration ends near the instant at which its VU stops: whether one more starts is not left to chance.
import { sleep } from 'k6';
import exec from 'k6/execution';
import { started } from './data/starts.js';

export const options = {
  scenarios: {
    ramp: {
      executor: 'ramping-vus', startVUs: 1, gracefulRampDown: '2s',
      stages: [{ duration: '1560ms', target: 7 }, { duration: '560ms', target: 7 }, { duration: '700ms', target: 2 },
        { duration: '0s', target: 9 }, { duration: '755ms', target: 9 }],
    },
  },
};

export default function () {
  if (exec.vu.iterationInScenario === 0) started('first');
  started();
  sleep(0.2);
}
