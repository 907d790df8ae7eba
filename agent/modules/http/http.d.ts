// The types of k6/http: k6's own, and those of what loadctl has beyond it.
import k6 from 'k6/http';
import { RefinedParams, RefinedResponse, RequestBody, ResponseType } from 'k6/http';

export * from 'k6/http';
// not here: SSL_3_0: k6 2.2 has it in its types only

/** An answer that is read while it comes in. Times are milliseconds since the connection was ready. */
export interface AnswerStream {
  /** 0 if there was no answer. */
  readonly status: number;
  readonly headers: { [name: string]: string };
  /** The next piece of the body; null at the end. */
  read(): { data: ArrayBuffer; time: number } | null;
  /** The next server-sent event; null at the end. */
  readEvent(): ServerSentEvent | null;
  /** All pieces; leaving the loop closes the stream. */
  chunks(): Generator<{ data: ArrayBuffer; time: number }>;
  /** All server-sent events; leaving the loop closes the stream. */
  events(): Generator<ServerSentEvent>;
  /** Reads no more. The response, without its body. */
  close(): RefinedResponse<'none'>;
}
export interface ServerSentEvent {
  event: string;
  data: string;
  id: string;
  retry?: number;
  time: number;
}

/** Sends a request and returns when the head of its answer is there. */
export declare function stream(method: string, url: string, body?: RequestBody | null,
  params?: RefinedParams<ResponseType> | null): AnswerStream;

declare const http: typeof k6 & { stream: typeof stream };
export default http;
