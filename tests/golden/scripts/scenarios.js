// One scenario of each kind, one of them with a start between two ticks of the progress, one with a name that is cut.
import { sleep } from 'k6';

export const options = {
  scenarios: {
    constant: { executor: 'constant-vus', vus: 2, duration: '2s' },
    a_name_that_is_longer_than_thirty_characters: {
      executor: 'ramping-vus',
      startVUs: 1,
      stages: [{ duration: '1s', target: 3 }, { duration: '1s', target: 1 }],
      gracefulRampDown: '5s',
    },
    shared: { executor: 'shared-iterations', vus: 2, iterations: 6, startTime: '1500ms', maxDuration: '20s' },
    per_vu: { executor: 'per-vu-iterations', vus: 2, iterations: 3, gracefulStop: '0s' },
    rate: { executor: 'constant-arrival-rate', rate: 10, duration: '2s', preAllocatedVUs: 5, maxVUs: 12 },
    rising: {
      executor: 'ramping-arrival-rate',
      startRate: 2,
      stages: [{ duration: '2s', target: 10 }],
      preAllocatedVUs: 5,
      exec: 'other',
    },
  },
};

export default function () {
  sleep(0.2);
}
export function other() {
  sleep(0.1);
}
