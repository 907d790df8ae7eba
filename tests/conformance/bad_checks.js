import { check } from 'k6';
export default () => {
  console.log(check(1, new Proxy({ one: (x) => x === 1 }, {})));
  try { check(1, { get two() { throw new Error('getter'); } }); } catch (error) { console.log(error.message); }
};
