// Iterations that outlive their scenario and are cut; none finishes.
import { sleep } from 'k6';

export const options = {
  scenarios: { slow: { executor: 'constant-vus', vus: 2, duration: '1s', gracefulStop: '500ms' } },
};

export default function () {
  sleep(10);
}
