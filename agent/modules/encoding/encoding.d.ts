// The types of k6/encoding: k6's own.
export * from 'k6/encoding';
export { default } from 'k6/encoding';
