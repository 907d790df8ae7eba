// The types of k6: k6's own.
export * from 'k6';
export { default } from 'k6';
