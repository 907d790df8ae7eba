export const options = {
  summaryTrendStats: ['avg', 'p(99.9)', 'count'], summaryTimeUnit: 'ms', systemTags: ['vu', 'url', 'nonsense', 'url'],
  tags: { b: '2', a: '<1>' }, discardResponseBodies: true, noCookiesReset: true, throw: false, paused: true,
  minIterationDuration: '1m0.5s', metricSamplesBufferSize: 10, noSetup: true, noTeardown: null,
};
export default function () {}
