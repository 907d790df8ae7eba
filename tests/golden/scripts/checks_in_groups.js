// Checks of one name in several groups are one line; names beyond ASCII.
import { check, group } from 'k6';

export const options = { iterations: 7 };

export default function () {
  check(__ITER, { 'always': () => true, 'never': () => false, 'mostly ✓ — größer': (i) => i > 1 });
  group('outer', () => {
    check(__ITER, { 'always': () => true, 'odd': (i) => i % 2 === 1 });
    group('inner', () => check(__ITER, { 'odd': (i) => i % 2 === 1, 'below a hundred %': (i) => i < 100 }));
  });
}
