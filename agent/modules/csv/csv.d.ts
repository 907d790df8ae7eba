// The types of k6/experimental/csv: k6's own.
export * from 'k6/experimental/csv';
declare const all: typeof import('k6/experimental/csv');
export default all;
