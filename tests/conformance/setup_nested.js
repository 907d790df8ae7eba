// Setup data is decoded once for each VU, and what an iteration changes in it stays.
export const options = { scenarios: {
  first: { executor: 'per-vu-iterations', vus: 1, iterations: 2 },
  second: { executor: 'per-vu-iterations', vus: 1, iterations: 1, startTime: '500ms' },
} };
const sorted = (value) => (typeof value !== 'object' || value === null || Array.isArray(value) ? value
  : Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])])));
export function setup() { return { inner: { list: [1, { a: 2 }], empty: {} }, top: 1 }; }
export default function (data) {
  data.top++;
  data.inner.empty[`k${__ITER}`] = data.top;
  data.inner.list[1].a++;
  data.added = (data.added || 0) + 1;
  console.log(JSON.stringify(sorted(data)), data.inner.list.map((x) => typeof x).join());
}
export function teardown(data) { console.log(JSON.stringify(sorted(data))); }
