// The types of k6/experimental/streams: k6's own, and what they leave out.
export * from 'k6/experimental/streams';
declare const all: typeof import('k6/experimental/streams');
export default all;
export class WritableStream<W = unknown> {
  constructor(underlyingSink?: object, strategy?: object);
  readonly locked: boolean;
  abort(reason?: unknown): Promise<void>;
  close(): Promise<void>;
  getWriter(): WritableStreamDefaultWriter<W>;
}
export class WritableStreamDefaultWriter<W = unknown> {
  constructor(stream: WritableStream<W>);
  readonly closed: Promise<undefined>;
  readonly ready: Promise<undefined>;
  readonly desiredSize: number | null;
  write(chunk?: W): Promise<void>;
  abort(reason?: unknown): Promise<void>;
  close(): Promise<void>;
  releaseLock(): void;
}
