import { check } from 'k6';
export const options = { iterations: 10 };
export default function () {
  const all = check({ a: __ITER }, { even: (v) => v.a % 2 === 0, small: (v) => v.a < 3, always: true });
  if (__ITER < 3) console.log(all);
}
