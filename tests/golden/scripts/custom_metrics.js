// Every type, plain and time, with numbers that are large, small, negative and fractional.
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';

const metrics = {
  counterLarge: new Counter('a_counter_large'),
  counterSmall: new Counter('a_counter_small'),
  counterTime: new Counter('a_counter_time', true),
  gaugePlain: new Gauge('b_gauge'),
  gaugeNegative: new Gauge('b_gauge_negative'),
  gaugeTime: new Gauge('b_gauge_time', true),
  rateThird: new Rate('c_rate_third'),
  rateAll: new Rate('C_rate_all'),
  trendPlain: new Trend('d_trend'),
  trendHours: new Trend('d_trend_hours', true),
  trendNanos: new Trend('d_trend_nanos', true),
  trendMicros: new Trend('d1_trend_micros', true),
  trendMinutes: new Trend('d_trend_minutes', true),
};

export const options = { iterations: 3 };

export default function () {
  const i = __ITER;
  metrics.counterLarge.add([1e21, 1e21, 0][i]);
  metrics.counterSmall.add([1e-7, 0.0000004, 0.0078125][i]);
  metrics.counterTime.add([90000, 0.25, 1500][i]);
  metrics.gaugePlain.add([3, 0.1 + 0.2, 12345.678901234][i]);
  metrics.gaugeNegative.add([-1, -1234.5, -0.000001][i]);
  metrics.gaugeTime.add([60000, 60001, 59999.999][i]);
  metrics.rateThird.add(i === 0);
  metrics.rateAll.add(1);
  metrics.trendPlain.add([10, 15, 20][i]);
  metrics.trendHours.add([3600000, 7384999, 86400000][i]);
  metrics.trendNanos.add([0.000013, 0.0009999, 0.000999][i]);
  metrics.trendMicros.add([0.5, 0.99999, 0.00123456][i]);
  metrics.trendMinutes.add([60000, 119999.9, 61234.5][i]);
}
