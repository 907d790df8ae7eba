console.log('loaded once'); export default 'esm default'; export let x = 1; export function grow() { return ++x; }
