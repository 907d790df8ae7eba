const tell = (name, give) => { try { console.log(name, JSON.stringify(give())); } catch (e) { console.log(name, e.name); } };
export default function () {
  for (const name of ['fetch', 'URL', 'URLSearchParams', 'Headers', 'Blob', 'WebSocket', 'AbortController', 'atob', 'btoa', 'structuredClone', 'queueMicrotask', 'performance', 'process', 'Buffer', 'window', 'self', 'WeakRef', 'FinalizationRegistry', 'SharedArrayBuffer', 'Atomics', 'Intl', 'Iterator', 'TextEncoder', 'TextDecoder', 'crypto', 'CryptoKey', 'global', 'globalThis', 'require', 'open', 'console', 'setTimeout', 'AggregateError', 'escape', 'BigInt', 'Reflect', 'Proxy']) {
    tell(name, () => typeof globalThis[name]);
  }
  tell('groupBy', () => [typeof Object.groupBy, typeof ''.isWellFormed, typeof Array.fromAsync, typeof Promise.withResolvers]);
  const list = [3, 1, 2];
  tell('toSorted', () => [list.toSorted(), list.toSorted((a, b) => b - a), list, Array.prototype.toSorted.call({ length: 2, 0: 'b', 1: 'a' })]);
  tell('toSorted bad', () => list.toSorted(5));
  tell('toReversed', () => [list.toReversed(), list, [1, , 2].toReversed()]);
  tell('toSpliced', () => [list.toSpliced(), list.toSpliced(1), list.toSpliced(1, 1), list.toSpliced(-1, 1, 'a', 'b'), list.toSpliced(0, undefined), list]);
  tell('with', () => [list.with(0, 9), list.with(-1, 9), list.with('1', 9), list]);
  for (const index of [3, -4, NaN, undefined, Infinity]) tell(`with ${index}`, () => list.with(index, 0));
  tell('findLast', () => [list.findLast((x) => x > 1), list.findLastIndex((x) => x > 1), list.at(-1)]);
  const typed = new Uint8Array([3, 1, 2]);
  tell('typed', () => [Array.from(typed.toSorted()), Array.from(typed.toReversed()), Array.from(typed.with(0, 300)), Array.from(typed), typed.with(0, 1) instanceof Uint8Array, typed.findLast((x) => x > 1)]);
  tell('typed with', () => typed.with(3, 0));
  tell('typed bad', () => Object.getPrototypeOf(Uint8Array.prototype).toReversed.call([1]));
  tell('big', () => [String(new BigInt64Array([3n, 1n]).toSorted()[0]), String(new BigInt64Array([3n, 1n]).with(0, 7n)[0])]);
}
