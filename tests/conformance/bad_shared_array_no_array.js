import { SharedArray } from 'k6/data';
new SharedArray('x', () => ({}));
export default () => {};
