// import { parseHTML } from 'k6/html'
import { textOf } from 'loadctl:prelude';
import { selectionOf } from 'loadctl:selection';

export function parseHTML(src) { return selectionOf(textOf(src), ''); }
export default { parseHTML };
