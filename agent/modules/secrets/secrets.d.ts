// The types of k6/secrets: k6's own.
export { default } from 'k6/secrets';
