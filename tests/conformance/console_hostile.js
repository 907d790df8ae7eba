// What is logged may be anything: errors inside objects, objects that throw when looked at.
export const options = { scenarios: { s: { executor: 'per-vu-iterations', vus: 1, iterations: 16 } } };
const steps = [
  () => console.log({ get bad() { throw new Error('getter'); }, ok: 1 }),
  () => console.log(new Proxy({}, { ownKeys() { throw new Error('trap'); } })),
  () => console.log({ toJSON() { throw new Error('toJSON'); } }, { toJSON: () => ({ a: 1 }), b: 2 }),
  () => console.log({ toString() { throw new Error('toString'); } }),
  () => console.log(Object.create(null, { x: { value: 1, enumerable: false } })),
  () => { const e = new Error('with props'); e.code = 42; console.log(e); console.error(e, { e }, [e]); },
  () => { class HttpError extends Error { constructor(m, s) { super(m); this.status = s; this.name = 'HttpError'; } } try { throw new HttpError('bad', 503); } catch (e) { console.log('failed:', e, { status: e.status, error: e }, [e], `${e}`, JSON.stringify(e)); } },
  () => { const a = []; a[5] = 1; a.extra = 'e'; console.log(a); console.log({ a: undefined, b: [undefined, null], c: () => 1, d: Symbol('q') }, Symbol('s')); },
  () => { try { null.x; } catch (e) { console.log({ error: e }.error instanceof TypeError, typeof e.stack); } },
  () => console.log(new (class Foo { get [Symbol.toStringTag]() { return 'Tagged'; } })(), Math, JSON, globalThis === undefined),
  () => console.log({ s: 'a"b\nc', t: 'tab\t' }, ['a"b'], 'a"b', { n: -0, big: 10n, nan: NaN }),
  () => console.log({ d: new Date(0), bad: new Date(NaN) }, new Date(0), [new Date(5)]),
  () => console.log({ e: new RangeError('r'), n: { deep: [new TypeError('t')] } }),
  () => console.log(new Map([[1, 2]]), new Set([1]), { m: new Map() }, /re/g, { r: /x/ }),
  () => { const o = { a: 1 }; o.self = o; o.list = [o, o]; console.log(o); },
  () => console.log({ u: new Uint8Array([1, 2]), f: new Float32Array(2), b: new ArrayBuffer(2), c: new Uint8ClampedArray(1) }),
];
export default function () { steps[__ITER](); console.log('after', __ITER); }
