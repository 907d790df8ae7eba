// For other faces: JSON.parse() of a large file, which makes values only when a script looks at them.
import { countOf, kindOf, layOut, memberOf, textOf } from 'loadctl:loadctl:large_json';

const kArray = 1, kObject = 2;
const parse = JSON.parse;
const isIndex = (key) => typeof key === 'string' && /^(0|[1-9][0-9]*)$/.test(key);

// Of a value that nobody has looked into: where it lies in the file. By the proxy.
const unseen = new WeakMap();

// A proxy of `target` that becomes what `part` says as soon as anything but `early` asks.
function later(target, part, early, fill) {
  let filled = false;
  const filledOne = () => {
    if (!filled) {
      filled = true;
      unseen.delete(proxy);
      fill();
    }
    return target;
  };
  const handler = {
    getPrototypeOf: Reflect.getPrototypeOf,
    isExtensible: Reflect.isExtensible,
    get(_, key, receiver) {
      const found = filled ? undefined : early(key);
      return found === undefined ? Reflect.get(filledOne(), key, receiver) : found.value;
    },
  };
  for (const name of Object.getOwnPropertyNames(Reflect)) {
    if (!(name in handler)) handler[name] = (_, ...rest) => Reflect[name](filledOne(), ...rest);
  }
  const proxy = new Proxy(target, handler);
  unseen.set(proxy, part);
  return proxy;
}

function arrayOf(part) {
  const target = [];
  const early = (key) => {
    if (key === 'length') return { value: countOf(part) };
    return isIndex(key) ? undefined : { value: Reflect.get(target, key) };
  };
  return later(target, part, early, () => {
    const values = parse(textOf(part));
    for (let i = 0; i < values.length; ++i) target[i] = values[i];
  });
}

function objectOf(part) {
  const target = {}, seen = new Map();
  const early = (key) => {
    if (typeof key !== 'string' || key === '__proto__') return undefined;
    if (seen.has(key)) return { value: seen.get(key) };
    const member = memberOf(part, key);
    if (member === null) return undefined;
    const value = valueOf(member);
    seen.set(key, value);
    return { value };
  };
  return later(target, part, early, () => {
    Object.defineProperties(target, Object.getOwnPropertyDescriptors(parse(textOf(part))));
    for (const [key, value] of seen) target[key] = value;
  });
}

function valueOf(part) {
  switch (kindOf(part)) {
    case kArray: return arrayOf(part);
    case kObject: return objectOf(part);
    default: return parse(textOf(part));
  }
}

// Calls fn() while JSON.parse() takes its time with large files.
export function withLargeJson(fn) {
  const own = Object.getOwnPropertyDescriptor(JSON, 'parse');
  if (own === undefined || own.value !== parse || !own.writable) return fn();
  const lazy = {
    parse(text, reviver) {
      const part = typeof reviver === 'function' ? null : layOut(text);
      return part === null ? parse(text, reviver) : valueOf(part);
    },
  };
  JSON.parse = lazy.parse;
  try {
    return fn();
  } finally {
    if (JSON.parse === lazy.parse) JSON.parse = parse;
  }
}

// Where such an array lies in the file, null if it is another, or somebody has looked into it.
export const partOf = (value) => unseen.get(value) ?? null;
