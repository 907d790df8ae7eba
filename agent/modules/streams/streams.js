// import { ReadableStream, WritableStream } from 'k6/experimental/streams'; queue.js, readable.js and
// writable.js come before it in the same module.
export {
  CountQueuingStrategy, ReadableStream, ReadableStreamDefaultReader, WritableStream,
  WritableStreamDefaultWriter,
};
export default {
  CountQueuingStrategy, ReadableStream, ReadableStreamDefaultReader, WritableStream,
  WritableStreamDefaultWriter,
};
