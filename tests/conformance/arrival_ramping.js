// unordered
import exec from 'k6/execution';

export const options = {
  scenarios: {
    ramp: {
      executor: 'ramping-arrival-rate', startRate: 10, timeUnit: '1s', preAllocatedVUs: 10,
      stages: [{ duration: '1s', target: 57 }, { duration: '500ms', target: 57 }, { duration: '1s', target: 0 }],
    },
  },
};

export default function () {
  console.log(exec.scenario.iterationInTest);
}
