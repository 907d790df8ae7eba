// Freezes what compartments share: the language's own objects, and what faces give to scripts. Run once,
// for the snapshot of which compartments' contexts are copies. The model is SES's lockdown().
import { attach, ownRandom, sharedByVus } from 'loadctl:prelude';

const { defineProperty, freeze, getOwnPropertyDescriptor, getPrototypeOf } = Object;
const { ownKeys } = Reflect;
// V8 gives Object.hasOwn to copies of a snapshot only.
const hasOwn = (object, key) => getOwnPropertyDescriptor(object, key) !== undefined;

// A property of a prototype which objects below it may have for themselves by assignment, as if it were
// not read-only.
function letBelow(home, key) {
  const was = getOwnPropertyDescriptor(home, key);
  if (was === undefined || !hasOwn(was, 'value') || !was.configurable) return;
  const { value } = was;
  defineProperty(home, key, {
    get() { return value; },
    set(own) {
      if (this === home || this === null || (typeof this !== 'object' && typeof this !== 'function')) {
        throw new TypeError(`Cannot assign to read only property '${String(key)}' of a built-in object`);
      }
      if (hasOwn(this, key)) this[key] = own;
      else defineProperty(this, key, { value: own, writable: true, enumerable: true, configurable: true });
    },
    enumerable: was.enumerable,
    configurable: false,
  });
}

// What scripts' own objects do assign: names of Object.prototype, of errors' and of functions'.
function letBelowAll() {
  for (const key of ownKeys(Object.prototype)) letBelow(Object.prototype, key);
  const errors = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError,
    AggregateError, globalThis.GoError].filter((Class) => Class !== undefined);
  for (const { prototype } of errors) {
    for (const key of ['constructor', 'name', 'message', 'toString']) letBelow(prototype, key);
  }
  for (const key of ['constructor', 'toString', 'call', 'apply', 'bind']) letBelow(Function.prototype, key);
}

// What no name leads to.
const hidden = () => [
  (function* () {}), (async () => {}), (async function* () {}), [][Symbol.iterator](),
  new Map()[Symbol.iterator](), new Set()[Symbol.iterator](), ''[Symbol.iterator](), ''.matchAll(/./g),
  getPrototypeOf(Uint8Array), getOwnPropertyDescriptor((function () { return arguments; })(), 'callee').get,
];

// All that can be reached from there.
function reachable(roots, left = []) {
  const seen = new Set();
  const see = (value) => {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) return;
    seen.add(value);
    left.push(value);
  };
  roots.forEach(see);
  while (left.length > 0) {
    const object = left.pop();
    see(getPrototypeOf(object));
    for (const key of ownKeys(object)) {
      const own = getOwnPropertyDescriptor(object, key);
      if (hasOwn(own, 'value')) {
        see(own.value);
      } else {
        see(own.get);
        see(own.set);
      }
    }
  }
  return seen;
}

const kLanguage = new Set(`globalThis Infinity NaN undefined eval isFinite isNaN parseFloat parseInt decodeURI
  decodeURIComponent encodeURI encodeURIComponent escape unescape AggregateError Array ArrayBuffer BigInt
  BigInt64Array BigUint64Array Boolean DataView Date Error EvalError Float32Array Float64Array Function Int8Array
  Int16Array Int32Array Map Number Object Promise Proxy RangeError ReferenceError Reflect RegExp Set String Symbol
  SyntaxError TypeError Uint8Array Uint8ClampedArray Uint16Array Uint32Array URIError WeakMap WeakSet JSON
  Math`.split(/\s+/));

const kNotOfK6 = new Set(
  ['SharedArrayBuffer', 'Atomics', 'WeakRef', 'FinalizationRegistry', 'Intl', 'WebAssembly']);

// What k6 gives leaves the global object for `defaults`, which each VU may cover: objects are copied when a
// VU first reads them, so that it may change its own.
function takeGlobals() {
  const defaults = Object.create(null);
  for (const name of ownKeys(globalThis)) {
    if (kLanguage.has(name)) continue;
    const was = getOwnPropertyDescriptor(globalThis, name);
    if (!delete globalThis[name] || kNotOfK6.has(name)) continue;
    if (was.value === globalThis || typeof was.value !== 'object' || was.value === null) {
      defineProperty(defaults, name, was);
      continue;
    }
    const define = (value) =>
      defineProperty(globalThis, name, { ...was, value, configurable: true });
    defineProperty(defaults, name, {
      get() {
        const own = { ...was.value };
        define(own);
        return own;
      },
      set: define,
      enumerable: was.enumerable,
      configurable: true,
    });
  }
  return defaults;
}

// `faces`: the namespaces of all faces that have run. Gives the globals that are k6's.
export function lockDown(faces) {
  ownRandom();
  // Legacy, and shared by all who match: k6 has none of it.
  for (const name of ownKeys(RegExp)) {
    if (!['length', 'name', 'prototype', Symbol.species].includes(name)) delete RegExp[name];
  }
  letBelowAll();
  const roots = hidden();
  for (const face of faces) {
    for (const name of Object.keys(face)) {
      // Of `default` each VU has a copy.
      if (name === 'default' && typeof face.default === 'object') roots.push(...Object.values(face.default));
      else roots.push(face[name]);
    }
  }
  const all = reachable([...roots, ...sharedByVus, globalThis]);
  const defaults = takeGlobals();
  all.delete(globalThis);
  for (const object of late) all.delete(object);
  for (const object of all) freeze(object);
  for (const name of ownKeys(globalThis)) {
    const own = getOwnPropertyDescriptor(globalThis, name);
    if (own.configurable) {
      defineProperty(globalThis, name,
        hasOwn(own, 'value') ? { writable: false, configurable: false } : { configurable: false });
    }
  }
  return defaults;
}

// To these V8 adds its later inventions (Array.prototype.at) in each copy.
const late = [Error, Object, Array.prototype, Array.prototype[Symbol.unscopables], String.prototype,
  getPrototypeOf(Uint8Array).prototype];
let begun = false;
attach(() => {
  if (begun) return;
  begun = true;
  for (const object of late) {
    for (const key of ownKeys(object)) {
      const { value } = getOwnPropertyDescriptor(object, key);
      if (typeof value === 'function') freeze(value);
    }
    freeze(object);
  }
});
