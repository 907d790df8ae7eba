// varying: how many iterations fit
// unordered
import { sleep } from 'k6';
import exec from 'k6/execution';

export const options = {
  scenarios: {
    up: {
      executor: 'ramping-vus', startVUs: 1, gracefulRampDown: '300ms',
      stages: [{ duration: '500ms', target: 4 }, { duration: '500ms', target: 4 }, { duration: '0s', target: 1 },
        { duration: '500ms', target: 1 }],
    },
  },
};

export default function () {
  if (exec.vu.iterationInScenario === 0) console.log(`first of ${exec.vu.idInTest}`);
  sleep(exec.vu.idInTest === 4 ? 10 : 0.05);
}
