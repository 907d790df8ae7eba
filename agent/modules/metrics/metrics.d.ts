// The types of k6/metrics: k6's own.
export * from 'k6/metrics';
export { default } from 'k6/metrics';
