import http from 'k6/http';
// The option `throw`, and the parameter that goes before it, for each kind of failure.
export const options = { throw: true };
const attempt = (name, call) => {
  try { const res = call(); console.log(name, res.status, res.error_code); } catch (error) { console.log(name, 'thrown', error.name, String(error).split('\n')[0]); }
};
export default function () {
  attempt('refused', () => http.get('http://127.0.0.1:1/'));
  attempt('refused, not thrown', () => http.get('http://127.0.0.1:1/', { throw: false }));
  attempt('status', () => http.get(`${__ENV.TARGET}/status/500`));
  attempt('timeout', () => http.get(`${__ENV.TARGET}/slow/500`, { timeout: 50 }));
  attempt('url', () => http.get('http://'));
  attempt('url, not thrown', () => http.get('http://', { throw: false }));
  attempt('body', () => http.post(`${__ENV.TARGET}/echo`, 5));
  attempt('params', () => http.get(`${__ENV.TARGET}/echo`, { timeout: 'x' }));
  attempt('batch', () => http.batch(['http://127.0.0.1:1/'])[0]);
  attempt('batch url', () => http.batch(['http://'])[0]);
  attempt('tags', () => http.get(`${__ENV.TARGET}/echo`, { tags: 5 }));
}
