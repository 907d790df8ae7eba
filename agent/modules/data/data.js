// import { SharedArray } from 'k6/data'
import { inInit, find, keep, length, element } from 'loadctl:k6/data';
import { goError, textOf, withoutNew } from 'loadctl:prelude';

function freeze(value) {
  if (typeof value === 'object' && value !== null) {
    for (const key of Object.keys(value)) freeze(value[key]);
    Object.freeze(value);
  }
  return value;
}

const immutable = () => { throw new TypeError('SharedArray is immutable'); };

function isIndex(key) {
  return typeof key === 'string' && /^(0|[1-9][0-9]*)$/.test(key);
}

// Elements live outside the heap, once for all VUs of the process, as JSON text.
function view(handle, size) {
  const at = (index) => (index < size ? freeze(JSON.parse(element(handle, index))) : undefined);
  const target = [];
  return new Proxy(target, {
    get(_, key, receiver) {
      if (key === 'length') return size;
      if (isIndex(key)) return at(Number(key));
      return Reflect.get(target, key, receiver);
    },
    has: (_, key) => key === 'length' || (isIndex(key) ? Number(key) < size : key in target),
    ownKeys() {
      const keys = Array.from({ length: size }, (unused, i) => String(i));
      keys.push('length');
      return keys;
    },
    getOwnPropertyDescriptor(_, key) {
      if (key === 'length') return { value: size, writable: true, enumerable: false, configurable: false };
      if (isIndex(key) && Number(key) < size) {
        return { value: at(Number(key)), writable: false, enumerable: true, configurable: true };
      }
      return undefined;
    },
    set: immutable, defineProperty: immutable, deleteProperty: immutable, setPrototypeOf: immutable,
  });
}

class Shared {
  constructor(name, fn) {
    if (!inInit()) goError('new SharedArray must be called in the init context');
    const key = name === null ? 'null' : textOf(name);
    if (key === '') goError("empty name provided to SharedArray's constructor");
    if (typeof fn !== 'function') {
      goError("a function is expected as the second argument of SharedArray's constructor");
    }
    if (fn instanceof (async () => {}).constructor) {
      goError('SharedArray constructor does not support async functions as second argument');
    }
    let handle = find(key);
    if (handle === null) {
      const values = fn();
      if (!Array.isArray(values)) goError('only arrays can be made into SharedArray');
      handle = keep(key, values.map((value) => JSON.stringify(value) ?? 'null'));
    }
    return view(handle, length(handle));
  }
}

export const SharedArray = withoutNew(Shared, 'SharedArray');
export default { SharedArray };
