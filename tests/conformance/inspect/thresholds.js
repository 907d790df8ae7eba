export const options = {
  thresholds: {
    iterations: ['count>1', { threshold: 'rate>0', abortOnFail: true, delayAbortEval: '10s' }],
    'http_req_duration{a:b}': [{ threshold: 'p(95)<200', abortOnFail: true }, { threshold: 'avg<1', delayAbortEval: '1s' }],
    checks: [],
  },
};
export default function () {}
