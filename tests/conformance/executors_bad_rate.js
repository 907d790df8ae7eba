export const options = {
  scenarios: {
    rate: { executor: 'constant-arrival-rate', rate: 0, timeUnit: '0s', duration: '10ms', preAllocatedVUs: 5, maxVUs: 2 },
  },
};

export default function () {}
