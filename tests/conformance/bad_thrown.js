export const options = { iterations: 3 };
export default () => {
  if (__ITER === 0) throw Symbol('named');
  if (__ITER === 1) throw undefined;
  throw new Proxy(new Error('behind a proxy'), {});
};
