import http from 'k6/http';
import { check, group } from 'k6';
import exec from 'k6/execution';
import { Trend, Counter } from 'k6/metrics';
const t = new Trend('waiting_time', true), c = new Counter('things');
export const options = { scenarios: {
  b_two: { executor: 'per-vu-iterations', vus: 2, iterations: 2, exec: 'two', startTime: '3s' },
  default: { executor: 'shared-iterations', vus: 1, iterations: 3 },
  a_one: { executor: 'shared-iterations', vus: 1, iterations: 2, exec: 'one', startTime: '1500ms' } },
  thresholds: { 'waiting_time{scenario:a_one}': ['avg<10000'], things: ['count>1'] } };
export function setup() { group('inside', () => { check(1, { 'setup ok': true }); }); t.add(5); return {}; }
export default function () {
  check(1, { root: (x) => x === 1 });
  group('zeta', () => { t.add(12); check(1, { 'z ok': true, 'z bad': exec.scenario.iterationInTest > 0 });
    group('inner', () => { c.add(2); check(1, { 'in bad': false });
      group('deepest', () => { check(2, { 'deep bad': exec.scenario.iterationInTest > 1, 'deep ok': true }); t.add(1.5); }); }); });
  group('alpha', () => { http.get(`${__ENV.BASE_URL}/`); });
  group('7', () => { t.add(3); });
}
export function one() { t.add(100); group('g one', () => { c.add(1); check(1, { 'one ok': true }); group('sub', () => { check(1, {'sub bad': false}); }); }); }
export function two() { check(1, { two: true }); c.add(1); }
export function teardown() { check(1, { 'down ok': true }); }
