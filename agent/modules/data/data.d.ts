// The types of k6/data: k6's own.
export * from 'k6/data';
export { default } from 'k6/data';
