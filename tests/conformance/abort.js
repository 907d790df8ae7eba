// differs: k6 counts the aborting iteration in the metric iterations, and as interrupted in its last line
import exec from 'k6/execution';
export const options = { iterations: 5 };
export default function () {
  if (__ITER === 2) exec.test.abort('enough');
  console.log('iteration', __ITER);
}
export function teardown() { console.log('teardown'); }
