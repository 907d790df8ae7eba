// More arrivals than VUs can serve.
import { sleep } from 'k6';

export const options = {
  scenarios: {
    busy: { executor: 'constant-arrival-rate', rate: 10, duration: '2s', preAllocatedVUs: 1, maxVUs: 1, gracefulStop: '1s' },
  },
};

export default function () {
  sleep(0.55);
}
