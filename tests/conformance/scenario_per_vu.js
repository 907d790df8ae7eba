// unordered
// segments: __VU counts within an instance
export const options = { scenarios: { p: { executor: 'per-vu-iterations', vus: 3, iterations: 2, env: { E: 'env' }, exec: 'other' } } };
export function other() { console.log(__VU, __ITER, __ENV.E); }
