// What every script finds without an import: console, open, timers, text coding, GoError's look.
import {
  log, openBytes, openText, startTimer, stopTimer, onTimer, useGoErrors, DEBUG, INFO, WARNING, ERROR,
} from 'loadctl:k6/globals';
import { attach, goError, lazily, perVu, textOf } from 'loadctl:prelude';

// As k6's: a script that goes through what there is finds them.
const define = (name, value) => Object.defineProperty(globalThis, name,
  { value, writable: true, enumerable: true, configurable: true });

// ---- GoError: what k6's own functions throw

function GoError(message) {
  const error = Reflect.construct(Error, message === undefined ? [] : [message],
    new.target ?? GoError);
  Error.captureStackTrace(error, GoError);
  return error;
}
Object.setPrototypeOf(GoError, Error);
GoError.prototype = Object.create(Error.prototype, {
  constructor: { value: GoError, writable: true, configurable: true },
  name: { value: 'GoError', writable: true, configurable: true },
  message: { value: '', writable: true, configurable: true },
});
useGoErrors(GoError.prototype);
Object.defineProperty(globalThis, 'GoError', { value: GoError, writable: true, configurable: true });

// ---- console: k6's text of values

function hex(buffer) {
  const bytes = Array.from(new Uint8Array(buffer), (b) => b.toString(16).padStart(2, '0'));
  return `ArrayBuffer { [Uint8Contents]: <${bytes.join(' ')}>, byteLength: ${buffer.byteLength} }`;
}

function list(values, seen) {
  const parts = [];
  for (let i = 0; i < values.length; i++) parts.push(nested(values[i], seen));
  return parts.length === 0 ? '[]' : `[ ${parts.join(', ')} ]`;
}

// A value inside another.
function nested(value, seen) {
  switch (typeof value) {
    case 'undefined': return 'null';
    case 'string': return `"${value}"`;
    case 'symbol': return `"${value.description ?? ''}"`;
    case 'function': return '[object Function]';
    case 'object': return value === null ? 'null' : object(value, seen);
    default: return String(value);
  }
}

function object(value, seen) {
  if (value instanceof Error) return String(value);
  if (seen.includes(value)) return '[Circular]';
  if (value instanceof ArrayBuffer) return hex(value);
  seen = [...seen, value];
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const name = value instanceof Uint8ClampedArray ? 'Uint8Array' : value.constructor.name;
    return `${name}(${value.length}) ${list(value, seen)}`;
  }
  if (Array.isArray(value)) return list(value, seen);
  const parts = Object.keys(value).map((key) => `${key}: ${nested(value[key], seen)}`);
  if (parts.length > 0) return `{ ${parts.join(', ')} }`;
  return value instanceof Date && !Number.isNaN(value.getTime()) ? `"${value.toISOString()}"` : '{}';
}

function text(value) {
  if (typeof value === 'object' && value !== null) return object(value, []);
  if (typeof value === 'symbol') return value.description ?? '';
  return typeof value === 'function' ? '[object Function]' : String(value);
}

const printer = (level) => (...args) => log(level, args.map(text).join(' '));
define('console', {
  log: printer(INFO), info: printer(INFO), debug: printer(DEBUG), warn: printer(WARNING),
  error: printer(ERROR),
});

// ---- files, in init code only

define('open', (path, mode) => (mode === 'b' ? openBytes : openText)(
  path === null ? 'null' : textOf(path)));

// CommonJS has these two as arguments; an ES module that asks for them is mistaken.
for (const name of ['module', 'exports']) {
  const refuse = () => goError(`you are trying to access identifier "${name}", this likely is due ` +
    "to mixing ECMAScript Modules (ESM) and CommonJS syntax. This isn't supported in the " +
    'JavaScript standard, please use only one or the other');
  Object.defineProperty(globalThis, name, { get: refuse, set: refuse, configurable: true });
}

// ---- timers

const mine = perVu(() => ({ timers: new Map(), last: 0 }));  // id -> {fn, args, handle, every}

attach(() => onTimer((id) => {
  const { timers } = mine();
  const timer = timers.get(id);
  if (timer === undefined) return;
  if (timer.every === undefined) timers.delete(id);
  else timer.handle = startTimer(id, timer.every, true);
  timer.fn(...timer.args);
}));

function start(name, repeat) {
  return (fn, delay, ...args) => {
    if (typeof fn !== 'function') throw new TypeError(`${name}'s callback isn't a callable function`);
    const vu = mine();
    const id = ++vu.last;
    const wait = delay > 0 ? Number(delay) : 0;
    const handle = startTimer(id, wait, repeat);
    if (handle < 0) vu.timers.clear();  // those before were dropped with their iteration
    vu.timers.set(id, { fn, args, every: repeat ? wait : undefined, handle: Math.abs(handle) });
    return id;
  };
}

const clear = (id) => {
  const { timers } = mine();
  const timer = timers.get(id);
  if (timer === undefined) return;
  timers.delete(id);
  stopTimer(timer.handle);
};

define('setTimeout', start('setTimeout', false));
define('setInterval', start('setInterval', true));
define('clearTimeout', clear);
define('clearInterval', clear);

// ---- what V8 has and k6 has not: a script that tests for it must see the same here

// V8 gives some of them to each context anew, copies of a snapshot included.
attach(() => {
  for (const name of ['SharedArrayBuffer', 'Atomics', 'WeakRef', 'FinalizationRegistry', 'Intl']) {
    delete globalThis[name];
  }
});
if (globalThis.global === undefined) define('global', globalThis);
Object.defineProperty(globalThis, Symbol.toStringTag, { value: 'global', configurable: true });

// ---- what few scripts use: made when it is first asked for

function late(name, make) {
  Object.defineProperty(globalThis, name, {
    get() {
      const value = make();
      define(name, value);
      return value;
    },
    set(value) { define(name, value); },
    enumerable: true,
    configurable: true,
  });
}

late('TextEncoder', () => lazily('loadctl:text').TextEncoder);
late('TextDecoder', () => lazily('loadctl:text').TextDecoder);
late('crypto', () => lazily('loadctl:webcrypto').crypto);

// ---- what k6 has and an older V8 has not

function polyfill(target, methods) {
  for (const name of Object.keys(methods)) {
    if (name in target) continue;
    Object.defineProperty(target, name, { value: methods[name], writable: true, configurable: true });
  }
}

const checkCompare = (compare) => {
  if (compare === undefined || typeof compare === 'function') return;
  throw new TypeError('The comparison function must be either a function or undefined');
};
const copyOf = (list) => Array.from({ length: list.length }, (unused, i) => list[i]);

// Where with() changes a list of `length` elements; -1 if outside.
function place(index, length) {
  const at = Math.trunc(index) || 0;
  const position = at < 0 ? length + at : at;
  return position < length ? position : -1;
}

polyfill(Array.prototype, {
  toSorted(compare) {
    checkCompare(compare);
    return copyOf(this).sort(compare);
  },
  toReversed() { return copyOf(this).reverse(); },
  toSpliced(start, skip) {  // how many arguments there are matters to splice()
    const copy = copyOf(this);
    copy.splice(...arguments);
    return copy;
  },
  with(index, value) {
    const position = place(index, this.length);
    if (position < 0) throw new RangeError('Invalid index');
    const copy = copyOf(this);
    copy[position] = value;
    return copy;
  },
});

for (const name of ['toReversed', 'toSorted', 'toSpliced']) {
  Array.prototype[Symbol.unscopables][name] ??= true;
}

const TypedArray = Object.getPrototypeOf(Uint8Array);
const typeName = Object.getOwnPropertyDescriptor(TypedArray.prototype, Symbol.toStringTag).get;
function copyOfTyped(array) {
  const name = typeName.call(array);
  if (name === undefined) throw new TypeError('this is not a typed array.');
  return new globalThis[name](array);
}

polyfill(TypedArray.prototype, {
  toSorted(compare) {
    checkCompare(compare);
    return copyOfTyped(this).sort(compare);
  },
  toReversed() { return copyOfTyped(this).reverse(); },
  with(index, value) {
    const copy = copyOfTyped(this);
    const converted = typeof copy[0] === 'bigint' ? BigInt(value) : Number(value);
    const position = place(index, copy.length);
    if (position < 0) throw new RangeError('Invalid typed array index');
    copy[position] = converted;
    return copy;
  },
});
