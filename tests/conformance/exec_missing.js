export const options = { scenarios: { a: { executor: 'per-vu-iterations', exec: 'gone' } } };
export default function () {}
