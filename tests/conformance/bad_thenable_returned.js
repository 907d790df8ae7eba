export default function () {
  return { then(resolve) { console.log('then'); resolve(1); } };
}
