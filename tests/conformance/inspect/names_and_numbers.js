export const options = { VUS: 2, Iterations: 5, MAXREDIRECTS: 1, duration: 0.5, setupTimeout: '1d12h' };
export default function () {}
