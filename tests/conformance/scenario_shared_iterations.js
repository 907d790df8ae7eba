// unordered
import exec from 'k6/execution';
export const options = { scenarios: { s: { executor: 'shared-iterations', vus: 4, iterations: 10 } } };
export default function () { console.log('iteration', exec.scenario.iterationInTest); }
