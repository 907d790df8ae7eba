import { fail, check } from 'k6';
export const options = { iterations: 3 };
export default function () {
  check(1, { before: true });
  if (__ITER === 1) fail('gave up');
  check(1, { after: true });
}
