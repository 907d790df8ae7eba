// The face of k6/http: answers that a script reads while they come in (http.stream, loadctl's own).

// An answer under way. What it holds is the natives'.
class AnswerStream {
  #held;
  #call;
  #index;
  #response;

  constructor(call, index) {
    this.#call = call;
    this.#index = index;
    this.#held = openStream(index);
    this.status = streamStatus(this.#held);
    this.headers = headersOf(streamHead(this.#held));
  }

  // The next piece of the body, and when it came: { data: ArrayBuffer, time: ms }; null at the end.
  read = () => {
    const data = nextPiece(this.#held);
    return data === null ? null : { data, time: numbers[STREAM_TIME] };
  };

  // The next server-sent event: { event, data, id, retry, time }; null at the end.
  readEvent = () => {
    const event = nextEvent(this.#held);
    if (event === null) return null;
    if (event.retry === null) delete event.retry;
    event.time = numbers[STREAM_TIME];
    return event;
  };

  // Both as iterables; leaving a loop closes the stream.
  chunks = () => this.#each(this.read);
  events = () => this.#each(this.readEvent);

  *#each(next) {
    try {
      for (let one = next(); one !== null; one = next()) yield one;
    } finally {
      this.close();
    }
  }

  // Reads no more; the Response, without a body, as any other request's.
  close = () => {
    if (this.#response === undefined) {
      closeStream(this.#held);
      this.#response = answer(collect(this.#index), this.#call);
    }
    return this.#response;
  };
}

function stream(method, url, body, params) {
  if (inInit()) goError(kInInit);
  let call;
  let index;
  try {
    call = ask(textOf(method), url, body, params);
    index = prepared(call);
  } catch (error) {
    if (error instanceof Refusal) goError(error.message);
    throw error;
  }
  return new AnswerStream(call, index);
}
