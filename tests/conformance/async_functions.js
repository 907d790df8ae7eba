export const options = { iterations: 2 };
export default async function () {
  console.log('a');
  const value = await new Promise((resolve) => { Promise.resolve().then(() => { console.log('b'); resolve('c'); }); });
  console.log(value);
  await Promise.all([1, 2].map(async (n) => { await null; console.log('n', n); }));
  if (__ITER === 1) throw new Error('rejected at the end');
}
