// All times in one unit, two decimals.
import { Trend, Gauge } from 'k6/metrics';

const wait = new Trend('wait', true);
const last = new Gauge('last', true);
const plain = new Trend('plain');

export const options = { iterations: 4, summaryTimeUnit: 'ms', thresholds: { wait: ['p(95)<1500', 'avg>0'] } };

export default function () {
  wait.add([0, 0.125, 12.345678, 123456.785][__ITER]);
  last.add([0.005, 1.005, 2.675, 1000000][__ITER]);
  plain.add(__ITER);
}
