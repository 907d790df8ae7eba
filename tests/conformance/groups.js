import { check, group } from 'k6';
export const options = { iterations: 2 };
export default function () {
  const value = group('outer', () => {
    check(1, { 'in outer': true });
    return group('inner', () => { check(1, { 'in inner': __ITER === 0 }); return 'deep'; });
  });
  try { group('broken', () => { throw new Error('inside'); }); } catch (e) { console.log(e.message); }
  check(value, { outside: (v) => v === 'deep' });
}
