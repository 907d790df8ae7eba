import { v } from './data/bad/bom_lib.js';
export default () => console.log('a byte order mark', v);
