export const options = {
  scenarios: {
    r: {
      executor: 'ramping-arrival-rate', startRate: 5, timeUnit: '1m', preAllocatedVUs: 2, maxVUs: 9,
      stages: [{ target: 10, duration: '30s' }, { target: 0, duration: '1m' }],
    },
    c: { executor: 'constant-arrival-rate', rate: 3, duration: '10s', preAllocatedVUs: 3 },
    v: { executor: 'ramping-vus', startVUs: 0, stages: [{ duration: '5s', target: 5 }], gracefulRampDown: '3s' },
  },
};
export default function () {}
