import { Counter, Gauge, Rate, Trend } from 'k6/metrics';
const counter = new Counter('my_counter');
const gauge = new Gauge('my_gauge');
const rate = new Rate('my_rate');
const trend = new Trend('my_trend', true);
new Counter('never_used');
export const options = { iterations: 4, thresholds: {
  my_counter: ['count==8'], my_gauge: ['value==3'], my_rate: ['rate==0.5'], my_trend: ['max==30', 'min==0', 'med==15'],
  'my_trend{kind:odd}': ['min==10'],
} };
export default function () {
  counter.add(2);
  gauge.add(__ITER);
  rate.add(__ITER % 2 === 0);
  trend.add(__ITER * 10, { kind: __ITER % 2 ? 'odd' : 'even' });
  console.log(counter.name, trend.name, counter.add(0));
}
