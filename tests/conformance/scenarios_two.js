// unordered
import exec from 'k6/execution';
import { Counter } from 'k6/metrics';
const runs = new Counter('runs');
export const options = { scenarios: {
  first: { executor: 'shared-iterations', vus: 2, iterations: 4, exec: 'first' },
  second: { executor: 'per-vu-iterations', vus: 2, iterations: 1, startTime: '1s', exec: 'second', tags: { which: 'second' } },
}, thresholds: { 'runs{scenario:first}': ['count==4'], 'runs{which:second}': ['count==2'] } };
export function first() { runs.add(1); console.log(exec.scenario.name); }
export function second() { runs.add(1); console.log(exec.scenario.name); }
