// Order of init, setup, iterations and teardown; data goes by value.
export const options = { iterations: 3 };
export function setup() { console.log('setup', __VU, __ITER); return { list: [1, 2], text: 'x', n: null }; }
export default function (data) {
  console.log('iteration', __VU, __ITER, JSON.stringify(data));
  data.list.push(__ITER);
}
export function teardown(data) { console.log('teardown', JSON.stringify(data)); }
