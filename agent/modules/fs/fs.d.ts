// The types of k6/experimental/fs: k6's own.
export * from 'k6/experimental/fs';
declare const all: typeof import('k6/experimental/fs');
export default all;
// not here: File: a type
