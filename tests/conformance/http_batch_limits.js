import http from 'k6/http';
// batch and batchPerHost; keys, order, and many requests at once.
export const options = { batch: 5, batchPerHost: 2, thresholds: { http_reqs: ['count==318'] } };
export default function () {
  const many = http.batch(Array.from({ length: 300 }, (_, i) => `${__ENV.TARGET}/echo?${i}`));
  console.log(many.length, many.every((res, i) => res.json('path') === `/echo?${i}`));
  const named = http.batch({ b: `${__ENV.TARGET}/json`, a: { method: 'POST', url: `${__ENV.TARGET}/echo`, body: { x: 1 } }, 3: ['PUT', `${__ENV.TARGET}/echo`, 'y'], 1: `${__ENV.TARGET}/status/404` });
  console.log(Object.keys(named).sort().map((key) => `${key}:${named[key].status}`).join());
  console.log(http.batch(Array(12).fill(`${__ENV.TARGET}/json`)).map((res) => res.status).join());
  console.log(http.batch([http.url`${__ENV.TARGET}/json`, [`OPTIONS`, `${__ENV.TARGET}/json`]]).map((res) => res.request.method).join());
}
