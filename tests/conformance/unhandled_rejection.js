export default function () {
  Promise.reject(new Error('nobody listens'));
  console.log('goes on');
}
