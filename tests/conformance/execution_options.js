// flags: --no-teardown
import exec from 'k6/execution';
export const options = {
  scenarios: {
    shared: { executor: 'shared-iterations', vus: 1, tags: { x: 'y' }, env: { A: 'b' }, gracefulStop: '30s', maxDuration: 90000 },
    later: { executor: 'constant-vus', vus: 1, duration: '100ms', startTime: '0.2s', exec: 'other', tags: {} },
    each: { executor: 'per-vu-iterations', vus: 1, iterations: 3, exec: 'other' },
  },
  thresholds: { checks: ['rate>=0', { threshold: 'rate<2', abortOnFail: true, delayAbortEval: '3s' }], 'iterations{scenario:shared}': ['count>0', { threshold: 'count>=0' }] },
  tags: { foo: 'bar' }, dns: { ttl: '1m' }, setupTimeout: '5s', teardownTimeout: '60s', batch: 20, discardResponseBodies: false,
  minIterationDuration: 1.5, systemTags: ['url', 'status', 'scenario', 'group'], userAgent: 'mine', maxRedirects: 10,
};
const sorted = (value) => (typeof value !== 'object' || value === null || Array.isArray(value) ? value
  : Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])])));
export function setup() { console.log('setup', exec.test.options.setupTimeout); }
export default function () {
  const o = exec.test.options;
  console.log(Object.keys(o).join());
  for (const key of Object.keys(o)) console.log(key, JSON.stringify(sorted(o[key])));
  console.log(Object.isFrozen(o), Object.isFrozen(o.scenarios.shared.tags), 'vus' in o, 'duration' in o);
  for (const change of [() => { o.batch = 1; }, () => { o.scenarios.shared.vus = 7; }, () => { exec.test.options = 1; }, () => { delete o.batch; }]) {
    try { change(); console.log('changed'); } catch (e) { console.log(e.name); }
  }
}
export function other() {}
