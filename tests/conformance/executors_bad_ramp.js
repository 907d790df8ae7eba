export const options = {
  scenarios: {
    rate: { executor: 'ramping-arrival-rate', startRate: -1, stages: [], preAllocatedVUs: -1 },
  },
};

export default function () {}
