// A threshold on a percentile that the trend columns do not show.
import { Trend } from 'k6/metrics';

const wait = new Trend('wait', true);
const size = new Trend('size');

export const options = { iterations: 3, thresholds: { wait: ['p(99)<1', 'p(10.5)>=0'], 'size{a:b}': ['p(42)<9'] } };

export default function () {
  wait.add(12.345);
  size.add(1234567, { a: 'b' });
}
