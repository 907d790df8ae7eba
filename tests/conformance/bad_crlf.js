// A file as Windows has it.
import { check } from 'k6';
export default () => {
  check(1, { one: (x) => x === 1 });
  console.log(`a
b`.length);
};
