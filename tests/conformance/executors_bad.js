export const options = {
  scenarios: {
    ramp: { executor: 'ramping-vus', startVUs: -1, stages: [{ duration: '-1s' }, { target: -4, duration: '1s' }] },
  },
};

export default function () {}
