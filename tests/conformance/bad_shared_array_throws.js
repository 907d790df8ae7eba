import { SharedArray } from 'k6/data';
new SharedArray('x', () => { throw new Error('inner'); });
export default () => {};
