// The face of k6/experimental/streams, by the Streams Standard (https://streams.spec.whatwg.org):
// what readable and writable streams share.

function deferred() {
  const made = {};
  made.promise = new Promise((resolve, reject) => {
    made.resolve = resolve;
    made.reject = reject;
  });
  return made;
}

// One whose rejection nobody need handle.
function quiet(promise) {
  promise.catch(() => {});
  return promise;
}

function rejected(error) { return quiet(Promise.reject(error)); }

// What an underlying source or sink may have, checked when the stream is made.
function methodOf(object, name) {
  const method = object?.[name];
  if (method === undefined) return undefined;
  if (typeof method !== 'function') throw new TypeError(`${name} must be a function`);
  return (...args) => Reflect.apply(method, object, args);
}

// As a promise, whatever the method does.
function promised(run) {
  try {
    return Promise.resolve(run());
  } catch (error) {
    return rejected(error);
  }
}

function strategyOf(strategy, defaultMark) {
  if (strategy !== undefined && (typeof strategy !== 'object' || strategy === null)) {
    throw new TypeError('strategy must be an object');
  }
  const size = methodOf(strategy, 'size') ?? (() => 1);
  const mark = strategy?.highWaterMark === undefined ? defaultMark : Number(strategy.highWaterMark);
  if (Number.isNaN(mark) || mark < 0) throw new RangeError('invalid highWaterMark');
  return { size, mark };
}

// Values with sizes, and their sum.
class Queue {
  values = [];
  total = 0;

  push(value, size) {
    const number = Number(size);
    if (!(number >= 0) || number === Infinity) throw new RangeError('size must be a finite, non-NaN number');
    this.values.push({ value, size: number });
    this.total += number;
  }

  shift() {
    const { value, size } = this.values.shift();
    this.total = Math.max(0, this.total - size);
    return value;
  }

  clear() {
    this.values = [];
    this.total = 0;
  }
}

class CountQueuingStrategy {
  #mark;

  constructor(options) {
    if (typeof options !== 'object' || options === null || options.highWaterMark === undefined) {
      throw new TypeError('highWaterMark is required');
    }
    this.#mark = Number(options.highWaterMark);
  }

  get highWaterMark() { return this.#mark; }
  get size() { return kCount; }
}
const kCount = () => 1;
