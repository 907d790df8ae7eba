// Thresholds of every metric type, kept and broken, on metrics and sub-metrics, seen or not.
import { check } from 'k6';
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';

const orders = new Counter('orders');
const queue = new Gauge('queue');
const failed = new Rate('failed');
const pay = new Trend('pay', true);

export const options = {
  iterations: 5,
  summaryTrendStats: ['avg', 'min', 'med', 'max', 'p(90)', 'p(95)', 'p(99.99)'],
  thresholds: {
    iterations: ['count == 5', 'rate>1000000'],
    orders: ['count>2'],
    'orders{kind:book}': ['count>=5', ' rate > 0 '],
    'orders{kind:none}': ['count<1'],
    queue: ['value<4'],
    failed: ['rate<0.5', 'rate<=0.1'],
    pay: ['avg<10', 'p(95)<1', 'p(99.99)>0'],
    'pay{step:two}': [],
    'checks{where:here}': ['rate==1'],
    checks: ['rate>0.9'],
    http_req_failed: ['rate<0.01'],
    http_req_duration: ['p(95)<200'],
  },
};

export default function () {
  orders.add(1, { kind: 'book' });
  queue.add(__ITER);
  failed.add(__ITER % 4 === 0);
  pay.add(1.5 * (__ITER + 1), { step: 'one' });
  check(__ITER, { small: (i) => i < 3 }, { where: 'here' });
}
