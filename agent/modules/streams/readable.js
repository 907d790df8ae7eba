// Streams that are read.

let readableOf;  // what is behind a ReadableStream; undefined for everything else

function notSupported(what) {
  const error = new Error(`${what} is not supported yet`);
  Object.defineProperty(error, 'name', { value: 'NotSupportedError' });
  return error;
}

// The state of a stream and its controller; `reader` is that of the reader it is locked to.
class Readable {
  state = 'readable';
  error = undefined;
  reader = undefined;
  queue = new Queue();
  closing = false;  // close() was called, and the queue is not empty yet
  started = false;
  pulling = false;
  pullAgain = false;

  constructor(source, { size, mark }) {
    this.size = size;
    this.mark = mark;
    this.controller = new ReadableStreamDefaultController(kOurs, this);
    this.pull = methodOf(source, 'pull');
    this.cancelSource = methodOf(source, 'cancel');
    const start = methodOf(source, 'start');
    // What start() throws, the constructor throws.
    const begun = start === undefined ? undefined : start(this.controller);
    Promise.resolve(begun).then(() => {
      this.started = true;
      this.pullIfNeeded();
    }, (error) => this.fail(error));
  }

  get desiredSize() {
    if (this.state === 'errored') return null;
    return this.state === 'closed' ? 0 : this.mark - this.queue.total;
  }

  get open() { return this.state === 'readable' && !this.closing; }

  pullIfNeeded() {
    const wanted = this.started && this.open &&
      ((this.reader?.requests.length ?? 0) > 0 || this.desiredSize > 0);
    if (!wanted || this.pull === undefined) return;
    if (this.pulling) {
      this.pullAgain = true;
      return;
    }
    this.pulling = true;
    promised(() => this.pull(this.controller)).then(() => {
      this.pulling = false;
      if (!this.pullAgain) return;
      this.pullAgain = false;
      this.pullIfNeeded();
    }, (error) => this.fail(error));
  }

  enqueue(value) {
    if (!this.open) throw new TypeError('the stream is not in a state that permits enqueue');
    if ((this.reader?.requests.length ?? 0) > 0) {
      this.reader.requests.shift().resolve({ value, done: false });
    } else {
      try {
        this.queue.push(value, this.size(value));
      } catch (error) {
        this.fail(error);
        throw error;
      }
    }
    this.pullIfNeeded();
  }

  requestClose() {
    if (!this.open) throw new TypeError('the stream is not in a state that permits close');
    this.closing = true;
    if (this.queue.values.length === 0) this.close();
  }

  close() {
    this.state = 'closed';
    this.dropMethods();
    if (this.reader === undefined) return;
    this.reader.closed.resolve();
    for (const request of this.reader.requests.splice(0)) {
      request.resolve({ value: undefined, done: true });
    }
  }

  fail(error) {
    if (this.state !== 'readable') return;
    this.queue.clear();
    this.dropMethods();
    this.state = 'errored';
    this.error = error;
    if (this.reader === undefined) return;
    quiet(this.reader.closed.promise);
    this.reader.closed.reject(error);
    for (const request of this.reader.requests.splice(0)) request.reject(error);
  }

  dropMethods() { this.pull = undefined; }

  read() {
    if (this.state === 'closed') return Promise.resolve({ value: undefined, done: true });
    if (this.state === 'errored') return Promise.reject(this.error);
    if (this.queue.values.length === 0) {
      const request = deferred();
      this.reader.requests.push(request);
      this.pullIfNeeded();
      return request.promise;
    }
    const value = this.queue.shift();
    if (this.closing && this.queue.values.length === 0) this.close();
    else this.pullIfNeeded();
    return Promise.resolve({ value, done: false });
  }

  cancel(reason) {
    if (this.state === 'closed') return Promise.resolve();
    if (this.state === 'errored') return Promise.reject(this.error);
    const { cancelSource } = this;
    this.queue.clear();
    this.close();
    return promised(() => cancelSource?.(reason)).then(() => undefined);
  }
}

const kOurs = Symbol('made by the stream');

class ReadableStreamDefaultController {
  #stream;

  constructor(key, stream) {
    if (key !== kOurs) throw new TypeError('Illegal constructor');
    this.#stream = stream;
  }

  get desiredSize() { return this.#stream.desiredSize; }
  close() { this.#stream.requestClose(); }
  enqueue(chunk) { this.#stream.enqueue(chunk); }
  error(reason) { this.#stream.fail(reason); }
}

class ReadableStream {
  #stream;

  static {
    readableOf = (value) => (typeof value === 'object' && value !== null && #stream in value
      ? value.#stream : undefined);
  }

  constructor(underlyingSource, strategy) {
    const checked = strategyOf(strategy, 1);
    if (underlyingSource !== undefined &&
        (typeof underlyingSource !== 'object' || underlyingSource === null)) {
      throw new TypeError('underlyingSource must be an object');
    }
    const type = underlyingSource?.type;
    if (type !== undefined && String(type) === 'bytes') throw notSupported("'bytes' stream");
    if (type !== undefined) throw new TypeError('type must not be set for non-byte streams');
    this.#stream = new Readable(underlyingSource, checked);
  }

  get locked() { return this.#stream.reader !== undefined; }

  cancel(reason) {
    if (this.locked) return rejected(new TypeError('cannot cancel a locked stream'));
    return this.#stream.cancel(reason);
  }

  getReader(options) {
    const mode = options?.mode;
    if (mode === undefined) return new ReadableStreamDefaultReader(this);
    if (String(mode) === 'byob') throw notSupported("'byob' mode");
    throw new TypeError('options.mode is not a valid value');
  }

  tee() { throw notSupported("'tee()'"); }
}

class ReadableStreamDefaultReader {
  #stream;
  #lock = { closed: deferred(), requests: [] };

  constructor(stream) {
    const readable = readableOf(stream);
    if (readable === undefined) throw new TypeError('stream must be a ReadableStream');
    if (readable.reader !== undefined) throw new TypeError('stream is locked');
    this.#stream = readable;
    readable.reader = this.#lock;
    const { closed } = this.#lock;
    if (readable.state === 'closed') closed.resolve();
    if (readable.state === 'errored') {
      quiet(closed.promise);
      closed.reject(readable.error);
    }
  }

  get closed() { return this.#lock.closed.promise; }

  read() {
    if (this.#stream === undefined) return Promise.reject(new TypeError('the reader was released'));
    return this.#stream.read();
  }

  cancel(reason) {
    if (this.#stream === undefined) return Promise.reject(new TypeError('the reader was released'));
    return this.#stream.cancel(reason);
  }

  releaseLock() {
    if (this.#stream === undefined) return;
    const released = new TypeError('the reader was released');
    if (this.#stream.state !== 'readable') this.#lock.closed = deferred();
    quiet(this.#lock.closed.promise);
    this.#lock.closed.reject(released);
    for (const request of this.#lock.requests.splice(0)) request.reject(released);
    this.#stream.reader = undefined;
    this.#stream = undefined;
  }
}
