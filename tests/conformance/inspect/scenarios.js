export const options = {
  scenarios: {
    b: { executor: 'per-vu-iterations', vus: 2, maxDuration: '1h30m', startTime: 500 },
    a: {
      executor: 'constant-vus', duration: '10s', gracefulStop: '0s', exec: 'other',
      env: { Z: '1', A: '2' }, tags: { t: '<x>' }, options: { browser: { type: 'chromium', n: 1.5 } },
    },
    c: { executor: 'shared-iterations', iterations: '7' },
  },
};
export default function () {}
export function other() {}
