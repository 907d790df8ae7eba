// k6/experimental/streams: reading, writing, back pressure, errors.
import { CountQueuingStrategy, ReadableStream, ReadableStreamDefaultReader, WritableStream, WritableStreamDefaultWriter } from 'k6/experimental/streams';
const why = async (f) => { try { const v = await f(); return `gave ${JSON.stringify(v)}`; } catch (e) { return `${e.name ?? ''}: ${e.message ?? e}`.replace(/: .*/, ''); } };
const all = async (stream) => { const reader = stream.getReader(), out = []; for (;;) { const { value, done } = await reader.read(); if (done) return out; out.push(value); } };
export default async function () {
  let n = 0;
  console.log((await all(new ReadableStream({ pull(c) { n += 1; if (n > 3) c.close(); else c.enqueue(n); } }))).join());
  console.log((await all(new ReadableStream({ start(c) { c.enqueue('a'); c.enqueue('b'); c.close(); } }))).join(), (await all(new ReadableStream({ async start(c) { await null; c.enqueue(1); c.close(); } }))).join());
  const sizes = []; await all(new ReadableStream({ start(c) { sizes.push(c.desiredSize); c.enqueue('x'); sizes.push(c.desiredSize); c.close(); sizes.push(c.desiredSize); } }, new CountQueuingStrategy({ highWaterMark: 3 })));
  console.log(sizes.join());
  const failing = new ReadableStream({ start(c) { c.error(new RangeError('bad')); } }), reader = failing.getReader();
  console.log(await why(() => reader.read()), await why(() => reader.closed), failing.locked, await why(() => failing.cancel()), await why(async () => failing.getReader()));
  let reason; const cancelled = new ReadableStream({ cancel(r) { reason = r; } });
  console.log(await why(() => cancelled.cancel('why')), reason, await why(() => cancelled.getReader().read()));
  const released = new ReadableStream(), first = released.getReader(); const waiting = why(() => first.read()); first.releaseLock();
  console.log(await waiting, released.locked, await why(() => first.read()), typeof new ReadableStreamDefaultReader(released).read);
  console.log(await why(async () => new ReadableStream({ type: 'nope' })), await why(async () => new ReadableStream({}, { highWaterMark: -1 })), await why(async () => new ReadableStream(5)), await why(async () => new ReadableStream({ pull: 5 })));
  const chunks = []; const sink = new WritableStream({ write(c) { chunks.push(c); }, close() { chunks.push('closed'); } }); const writer = sink.getWriter();
  console.log(writer.desiredSize, await why(() => writer.write(1)), await why(() => writer.ready), await why(() => writer.write(2)), await why(() => writer.close()), chunks.join(), await why(() => writer.closed), await why(() => writer.write(3)));
  const aborted = []; const stream = new WritableStream({ abort(r) { aborted.push(r); } }); console.log(await why(() => stream.abort('enough')), aborted.join(), await why(() => stream.getWriter().closed));
  const broken = new WritableStream({ write() { throw new TypeError('no'); } }), to = broken.getWriter(); console.log(await why(() => to.write(1)), await why(() => to.closed), await why(() => to.write(2)), to.desiredSize);
  console.log(broken.locked, await why(() => broken.close()), await why(async () => new WritableStreamDefaultWriter(broken)), await why(async () => new WritableStream({ type: 'x' })));
}
