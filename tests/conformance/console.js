// What console.* prints for each kind of value.
export default function () {
  console.log('text', 1, 2.5, true, null, undefined);
  console.info({ a: 1, b: [1, 'two', { c: 3 }] });
  console.warn([1, [2, [3]]], 'and', 'more');
  console.error(new Error('an error').message);
  console.debug('not shown without --verbose');
  console.log();
  console.log('');
  console.log('ünïcode ✓', '\t tab');
  console.log(NaN, Infinity, -0, 1e21, 10n);
  console.log(new Date(0), /re/g, Symbol('s').toString());
  console.log(() => 1, Math.max(1, 2), new Map([[1, 2]]), new Set([1]));
  console.log([undefined, null, () => 1], { u: undefined, n: null });
  console.log(new String('boxed'), new Uint8Array([1, 2]));
}
