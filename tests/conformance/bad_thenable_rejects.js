export default function () {
  return { then(resolve, reject) { reject(new Error('no')); } };
}
