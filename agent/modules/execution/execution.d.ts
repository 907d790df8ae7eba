// The types of k6/execution: k6's own.
export * from 'k6/execution';
export { default } from 'k6/execution';
