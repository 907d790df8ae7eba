// repeated
import './data/cjs/early.js';
import late, { named as lateNamed } from './data/cjs/late.js';
import props, { one, two, nothing } from './data/cjs/props.js';
import fn from './data/cjs/function.js';
import interop, { named, __esModule } from './data/cjs/interop.js';
import * as all from './data/cjs/interop.js';
import esm, { x } from './data/cjs/esm.js';
export { one as exported } from './data/cjs/props.js';
console.log(JSON.stringify([late, lateNamed, props, one, two, typeof nothing, fn(), interop, named, __esModule, Object.keys(all).sort(), esm, x]));
console.log(require('./data/cjs/props.js') === props, require('./data/cjs/esm.js').default, typeof require('k6').check);
const tell = (name, give) => { try { console.log(name, JSON.stringify(give())); } catch (e) { console.log(name, e.name, e.message.split('\n')[0]); } };
tell('module', () => module.exports); tell('exports', () => typeof exports); tell('set', () => { globalThis.module = 1; return 'set'; });
export default function () { tell('late', () => require('./data/cjs/props.js')); }
