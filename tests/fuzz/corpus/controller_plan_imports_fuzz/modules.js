import def, { named, counter } from './data/lib.js';
import * as lib from './data/lib.js';
export default function () {
  console.log(def(), named, counter(), counter(), Object.keys(lib).sort().join(), typeof lib.default);
}
