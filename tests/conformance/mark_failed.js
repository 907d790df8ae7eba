import exec from 'k6/execution';
export const options = { iterations: 3 };
export default function () { if (__ITER === 1) exec.test.fail('wrong'); console.log('iteration', __ITER); }
