// Columns of the user's choice, `count` among them.
import { Trend } from 'k6/metrics';

const size = new Trend('size_of_things');

export const options = {
  iterations: 12,
  summaryTrendStats: ['count', 'max', 'p(99.9)', 'med', 'avg', 'p(0)', 'p(100)'],
  thresholds: { size_of_things: ['max<1', 'avg>1'], iteration_duration: ['p(99.9)<100000'] },
};

export default function () {
  size.add(__ITER * 1000.5);
}
