// The types of k6/html: k6's own.
export * from 'k6/html';
export { default } from 'k6/html';
// not here: NodeType: k6 2.2 has it in its types only
