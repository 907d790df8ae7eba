let n = 0;
export const named = 'named';
export function counter() { return ++n; }
export default function () { return 'default'; }
