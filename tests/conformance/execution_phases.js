// repeated
import exec, { vu, test } from 'k6/execution';
export const options = { scenarios: { main: { executor: 'per-vu-iterations', vus: 1, iterations: 1 } } };
const tell = (name, give) => { try { console.log(name, give()); } catch (e) { console.log(name, String(e)); } };
function all(phase) {
  for (const key of ['name', 'executor', 'iterationInInstance', 'iterationInTest', 'nothing']) tell(`${phase} scenario.${key}`, () => exec.scenario[key]);
  if (phase !== 'init') for (const key of ['iterationsCompleted', 'vusActive', 'vusInitialized', 'nothing']) tell(`${phase} instance.${key}`, () => exec.instance[key]);
  for (const key of ['idInInstance', 'idInTest', 'iterationInInstance', 'iterationInScenario', 'nothing']) tell(`${phase} vu.${key}`, () => exec.vu[key]);
  for (const key of ['tags', 'metadata']) tell(`${phase} ${key}`, () => JSON.stringify(Object.entries(exec.vu.metrics[key]).sort()));
  for (const key of ['scenario', 'vu', 'test']) tell(`${phase} ${key}`, () => typeof exec[key]);
  tell(`${phase} options`, () => typeof exec.test.options);
}
all('init');
export function setup() { all('setup'); }
export default function () { all('iteration'); console.log(Object.keys(exec).sort().join(), vu.idInTest, typeof test.abort); }
export function teardown() { all('teardown'); }
export function handleSummary() { all('summary'); return {}; }
