import { SharedArray } from 'k6/data';
new SharedArray('', () => []);
export default () => {};
