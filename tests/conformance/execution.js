// segments: iterations are numbered along the segment of the instance
import exec from 'k6/execution';
export const options = { scenarios: { main: { executor: 'per-vu-iterations', vus: 1, iterations: 2, tags: { t: 'x' } } } };
export default function () {
  console.log(exec.scenario.name, exec.scenario.executor, exec.scenario.iterationInInstance, exec.scenario.iterationInTest);
  console.log(exec.vu.idInInstance, exec.vu.idInTest, exec.vu.iterationInInstance, exec.vu.iterationInScenario);
  console.log(exec.instance.vusActive, exec.instance.vusInitialized, exec.instance.iterationsCompleted, exec.instance.iterationsInterrupted);
  console.log(exec.scenario.progress >= 0, exec.scenario.startTime > 0, exec.instance.currentTestRunDuration >= 0);
  exec.vu.metrics.tags.mine = 'tag';
  console.log(JSON.stringify(exec.vu.metrics.tags, ['mine', 't', 'scenario', 'group']));
  try { exec.vu.metrics.tags.bad = {}; console.log('set'); } catch (e) { console.log(e.name, e.message); }
}
