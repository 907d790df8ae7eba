export const options = { iterations: 3, thresholds: { iterations: ['count==3', 'rate>0'],
  iteration_duration: ['p(95)<5000', 'avg<5000'], checks: ['rate>0.5'] } };
export default function () {}
