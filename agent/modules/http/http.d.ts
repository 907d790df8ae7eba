// The types of k6/http: k6's own.
export * from 'k6/http';
export { default } from 'k6/http';
// not here: SSL_3_0: k6 2.2 has it in its types only
