import { SharedArray } from 'k6/data';
new SharedArray('x', () => Promise.resolve([]));
export default () => {};
