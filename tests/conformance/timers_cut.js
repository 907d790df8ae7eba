export const options = { scenarios: {
  throws: { executor: 'per-vu-iterations', vus: 1, iterations: 2 },
  cut: { executor: 'constant-vus', vus: 1, duration: '1s', gracefulStop: '200ms', startTime: '1s', exec: 'cut' },
} };
export default function () {
  setTimeout(() => console.log('never'), 30000);
  setInterval(() => {}, 20000);
  clearTimeout(setTimeout(() => {}, 10000));
  setTimeout(() => { throw new Error('in a timer'); }, 50);
}
export async function cut() {
  setInterval(() => {}, 30000);
  await new Promise((resolve) => setTimeout(resolve, 30000));
  console.log('never');
}
