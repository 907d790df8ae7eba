// For other faces: an array whose elements all VUs of a process share.

function freeze(value) {
  if (typeof value === 'object' && value !== null) {
    for (const key of Object.keys(value)) freeze(value[key]);
    Object.freeze(value);
  }
  return value;
}

const immutable = () => { throw new TypeError('SharedArray is immutable'); };
const extensible = () => { throw new TypeError('Cannot make a dynamic object non-extensible'); };

function isIndex(key) {
  return typeof key === 'string' && /^(0|[1-9][0-9]*)$/.test(key);
}

// Elements live outside the heap, once for all VUs; `make` makes one by its place when it is read.
export function view(size, make) {
  const at = (index) => (index < size ? freeze(make(index)) : undefined);
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
    preventExtensions: extensible,
    set: immutable, defineProperty: immutable, deleteProperty: immutable, setPrototypeOf: immutable,
  });
}
