// differs: an exception's text is V8's where the engine itself throws
export const options = { iterations: 5 };
export default function () {
  if (__ITER === 0) throw new Error('plain');
  if (__ITER === 1) throw 'a string';
  if (__ITER === 2) throw { code: 7 };
  if (__ITER === 3) throw null;
  console.log('last');
}
