import def, { named, counter } from './data/lib.js';
import * as lib from './data/lib.js';
const common = require('./data/common.js');
export default function () {
  console.log(def(), named, counter(), counter(), Object.keys(lib).sort().join(), common.value, typeof lib.default);
  console.log(open === undefined, typeof require, typeof module, typeof global, typeof window);
}
