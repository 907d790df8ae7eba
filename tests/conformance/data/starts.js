import exec from 'k6/execution';

/** Records that an iteration starts now, and when its scenario began: read by tests/support/starts.py. */
export function started(name = exec.scenario.name) {
  console.log(`start ${name} ${Date.now()} ${exec.scenario.startTime.toFixed(3)}`);
}
