import http from 'k6/http';
// Timeouts in each form, against an answer that takes 300 ms.
export default function () {
  for (const timeout of [50, '50', '50ms', '0.05s', '50000us', 5000, '5s', '1m', '0.1m', '1h', 0, '0', '0s', -5, '-5s', undefined, 1e-3, '100']) {
    try {
      const res = http.get(`${__ENV.TARGET}/slow/300`, { timeout });
      console.log(String(timeout), res.status, res.error_code, res.error, res.body === null);
    } catch (error) { console.log(String(timeout), 'thrown', String(error).split('\n')[0]); }
  }
}
