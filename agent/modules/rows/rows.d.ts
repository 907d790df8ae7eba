// The types of loadctl/data, which k6 does not have.
import type { File } from 'k6/experimental/fs';

export interface RowsOptions {
  /** `unique`: each row once in the whole test; `sequential`: each VU has all, in order. */
  pick?: 'unique' | 'sequential' | 'random';
  /** When there are no more: the test stops (by itself), or begins with the first again. */
  atEnd?: 'stop' | 'wrap';
  /** Of a file: what is between fields; a comma by itself. */
  delimiter?: string;
  /** Of a file: the first line has the names of the fields. */
  asObjects?: boolean;
  /** Of a file: the first line is none. */
  skipFirstLine?: boolean;
}

export class Rows<Row = unknown> {
  constructor(name: string, source: readonly Row[] | File, options?: RowsOptions);
  readonly length: number;
  at(index: number): Row | undefined;
  next(): Row;
}
declare const all: { Rows: typeof Rows };
export default all;
