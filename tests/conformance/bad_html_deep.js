import { parseHTML } from 'k6/html';
export default () => { parseHTML('<div>'.repeat(100000) + 'x'); };
