// Every second iteration throws; the run goes on.
export const options = { iterations: 4 };

export default function () {
  if (__ITER % 2 === 1) throw new Error('odd one out');
}
