// Streams that are written to.

let writableOf;  // what is behind a WritableStream; undefined for everything else

// The state of a stream and its controller, after the standard's abstract operations; `writer` is
// that of the writer it is locked to.
class Writable {
  state = 'writable';
  error = undefined;  // of the states erroring and errored
  writer = undefined;
  queue = new Queue();  // of { chunk, done }, at the end perhaps { close: done }
  inFlight = undefined;  // what the sink is at
  closeRequest = undefined;
  pendingAbort = undefined;
  started = false;

  constructor(sink, { size, mark }) {
    this.size = size;
    this.mark = mark;
    this.controller = new WritableStreamDefaultController(kOurs, this);
    this.writeSink = methodOf(sink, 'write');
    this.closeSink = methodOf(sink, 'close');
    this.abortSink = methodOf(sink, 'abort');
    const start = methodOf(sink, 'start');
    const begun = start === undefined ? undefined : start(this.controller);
    Promise.resolve(begun).then(() => {
      this.started = true;
      this.advance();
    }, (error) => {
      this.started = true;
      this.dealWithRejection(error);
    });
  }

  get desiredSize() {
    if (this.state === 'errored' || this.state === 'erroring') return null;
    return this.state === 'closed' ? 0 : this.mark - this.queue.total;
  }

  get closing() { return this.closeRequest !== undefined; }
  get backpressure() { return this.mark - this.queue.total <= 0; }

  updateReady() {
    if (this.writer === undefined || this.state !== 'writable' || this.closing) return;
    if (this.backpressure && !this.writer.waiting) {
      this.writer.ready = deferred();
      this.writer.waiting = true;
    } else if (!this.backpressure && this.writer.waiting) {
      this.writer.ready.resolve();
      this.writer.waiting = false;
    }
  }

  write(chunk) {
    let size;
    try {
      size = this.size(chunk);
    } catch (error) {
      this.errorIfNeeded(error);
      size = 1;
    }
    if (this.state === 'errored') return Promise.reject(this.error);
    if (this.closing || this.state === 'closed') {
      return Promise.reject(new TypeError('the stream is closing or closed'));
    }
    if (this.state === 'erroring') return Promise.reject(this.error);
    const done = deferred();
    try {
      this.queue.push({ chunk, done }, size);
    } catch (error) {
      this.errorIfNeeded(error);
      return Promise.reject(error);
    }
    this.updateReady();
    this.advance();
    return done.promise;
  }

  close() {
    if (this.state === 'closed' || this.state === 'errored') {
      return Promise.reject(new TypeError(`the stream is ${this.state}`));
    }
    if (this.closing) return Promise.reject(new TypeError('the stream is closing'));
    this.closeRequest = deferred();
    if (this.writer?.waiting && this.state === 'writable') {
      this.writer.ready.resolve();
      this.writer.waiting = false;
    }
    this.queue.push({ close: this.closeRequest }, 0);
    this.advance();
    return this.closeRequest.promise;
  }

  abort(reason) {
    if (this.state === 'closed' || this.state === 'errored') return Promise.resolve();
    if (this.pendingAbort !== undefined) return this.pendingAbort.done.promise;
    const already = this.state === 'erroring';
    this.pendingAbort = { done: deferred(), reason: already ? undefined : reason, already };
    const { promise } = this.pendingAbort.done;
    if (!already) this.startErroring(reason);
    return promise;
  }

  // Hands the sink what is next, if it is at rest.
  advance() {
    if (!this.started || this.inFlight !== undefined) return;
    if (this.state === 'erroring') {
      this.finishErroring();
      return;
    }
    if (this.queue.values.length === 0 || this.state !== 'writable') return;
    const { value } = this.queue.values[0];
    this.inFlight = value;
    if (value.close !== undefined) this.runClose(value.close);
    else this.runWrite(value);
  }

  runWrite({ chunk, done }) {
    promised(() => this.writeSink?.(chunk, this.controller)).then(() => {
      this.inFlight = undefined;
      done.resolve();
      this.queue.shift();
      this.updateReady();
      this.advance();
    }, (error) => {
      this.inFlight = undefined;
      done.reject(error);
      this.queue.shift();
      this.dealWithRejection(error);
    });
  }

  runClose(done) {
    this.queue.shift();
    promised(() => this.closeSink?.()).then(() => {
      this.inFlight = undefined;
      done.resolve();
      if (this.state === 'erroring') {
        this.error = undefined;
        this.pendingAbort?.done.resolve();
        this.pendingAbort = undefined;
      }
      this.state = 'closed';
      this.writer?.closed.resolve();
    }, (error) => {
      this.inFlight = undefined;
      done.reject(error);
      this.closeRequest = undefined;
      this.pendingAbort?.done.reject(error);
      this.pendingAbort = undefined;
      this.dealWithRejection(error);
    });
  }

  errorIfNeeded(error) { if (this.state === 'writable') this.startErroring(error); }

  dealWithRejection(error) {
    if (this.state === 'writable') this.startErroring(error);
    else if (this.state === 'erroring') this.finishErroring();
  }

  startErroring(reason) {
    this.state = 'erroring';
    this.error = reason;
    if (this.writer !== undefined) this.rejectReady(reason);
    if (this.inFlight === undefined && this.started) this.finishErroring();
  }

  rejectReady(reason) {
    if (!this.writer.waiting) this.writer.ready = deferred();
    this.writer.waiting = false;
    quiet(this.writer.ready.promise);
    this.writer.ready.reject(reason);
  }

  finishErroring() {
    if (this.inFlight !== undefined) return;
    this.state = 'errored';
    for (const { value } of this.queue.values) {
      if (value.done !== undefined) value.done.reject(this.error);
    }
    this.queue.clear();
    const abort = this.pendingAbort;
    this.pendingAbort = undefined;
    const finish = () => this.rejectClosed();
    if (abort === undefined) {
      finish();
    } else if (abort.already) {
      abort.done.reject(this.error);
      finish();
    } else {
      promised(() => this.abortSink?.(abort.reason)).then(() => {
        abort.done.resolve();
        finish();
      }, (error) => {
        abort.done.reject(error);
        finish();
      });
    }
  }

  rejectClosed() {
    if (this.closeRequest !== undefined) {
      quiet(this.closeRequest.promise);
      this.closeRequest.reject(this.error);
      this.closeRequest = undefined;
    }
    if (this.writer === undefined) return;
    quiet(this.writer.closed.promise);
    this.writer.closed.reject(this.error);
  }
}

class WritableStreamDefaultController {
  #stream;

  constructor(key, stream) {
    if (key !== kOurs) throw new TypeError('Illegal constructor');
    this.#stream = stream;
  }

  error(reason) { this.#stream.errorIfNeeded(reason); }
}

class WritableStream {
  #stream;

  static {
    writableOf = (value) => (typeof value === 'object' && value !== null && #stream in value
      ? value.#stream : undefined);
  }

  constructor(underlyingSink, strategy) {
    if (underlyingSink !== undefined &&
        (typeof underlyingSink !== 'object' || underlyingSink === null)) {
      throw new TypeError('underlyingSink must be an object');
    }
    if (underlyingSink?.type !== undefined) throw new RangeError('type must not be set');
    this.#stream = new Writable(underlyingSink, strategyOf(strategy, 1));
  }

  get locked() { return this.#stream.writer !== undefined; }

  abort(reason) {
    if (this.locked) return Promise.reject(new TypeError('cannot abort a locked stream'));
    return this.#stream.abort(reason);
  }

  close() {
    if (this.locked) return Promise.reject(new TypeError('cannot close a locked stream'));
    return this.#stream.close();
  }

  getWriter() { return new WritableStreamDefaultWriter(this); }
}

class WritableStreamDefaultWriter {
  #stream;
  #lock = { closed: deferred(), ready: deferred(), waiting: false };

  constructor(stream) {
    const writable = writableOf(stream);
    if (writable === undefined) throw new TypeError('stream must be a WritableStream');
    if (writable.writer !== undefined) throw new TypeError('stream is locked');
    this.#stream = writable;
    writable.writer = this.#lock;
    this.#begin(writable);
  }

  #begin({ state, error, closing, backpressure }) {
    const { ready, closed } = this.#lock;
    if (state === 'erroring' || state === 'errored') {
      quiet(ready.promise);
      ready.reject(error);
    } else if (state === 'writable' && !closing && backpressure) {
      this.#lock.waiting = true;
    } else {
      ready.resolve();
    }
    if (state === 'closed') closed.resolve();
    if (state !== 'errored') return;
    quiet(closed.promise);
    closed.reject(error);
  }

  get closed() { return this.#lock.closed.promise; }
  get ready() { return this.#lock.ready.promise; }
  get desiredSize() {
    if (this.#stream === undefined) throw new TypeError('the writer was released');
    return this.#stream.desiredSize;
  }

  write(chunk) { return this.#use((stream) => stream.write(chunk)); }
  close() { return this.#use((stream) => stream.close()); }
  abort(reason) { return this.#use((stream) => stream.abort(reason)); }

  #use(run) {
    if (this.#stream === undefined) return Promise.reject(new TypeError('the writer was released'));
    return run(this.#stream);
  }

  releaseLock() {
    if (this.#stream === undefined) return;
    const released = new TypeError('the writer was released');
    const settled = this.#stream.state === 'closed' || this.#stream.state === 'errored';
    if (!this.#lock.waiting) this.#lock.ready = deferred();
    if (settled) this.#lock.closed = deferred();
    for (const one of [this.#lock.ready, this.#lock.closed]) {
      quiet(one.promise);
      one.reject(released);
    }
    this.#stream.writer = undefined;
    this.#stream = undefined;
  }
}
