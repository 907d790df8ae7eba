import { setTimeout as later, clearTimeout as stop, setInterval, clearInterval } from 'k6/timers';
export const options = { iterations: 1 };
export default function () {
  later(() => console.log('third'), 300);
  later(() => console.log('second'), 200);
  stop(later(() => console.log('never'), 250));
  let n = 0;
  const id = setInterval(() => { console.log('tick', ++n); if (n === 3) clearInterval(id); }, 400);
  setTimeout((a, b) => console.log('with', a, b), 100, 'x', 1);
  console.log('first');
}
