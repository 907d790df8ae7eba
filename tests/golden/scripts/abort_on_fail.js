// A threshold that stops the run.
import { sleep } from 'k6';
import { Rate } from 'k6/metrics';

const failed = new Rate('failed');

export const options = {
  vus: 1,
  duration: '30s',
  thresholds: { failed: [{ threshold: 'rate<0.1', abortOnFail: true }] },
};

export default function () {
  failed.add(1);
  sleep(0.1);
}
