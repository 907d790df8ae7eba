import http from 'k6/http';
// Arguments of expectedStatuses() and setResponseCallback().
const attempt = (name, call) => {
  try { console.log(name, call()); } catch (error) { console.log(name, 'thrown', String(error).split('\n')[0]); }
};
export default function () {
  for (const args of [[], [200], ['200'], [200.5], [null], [undefined], [{}], [{ min: 1 }], [{ max: 1 }], [{ min: 'a', max: 5 }], [{ min: 1.5, max: 2 }], [{ min: 300, max: 200 }], [[200]], [true], [200, 'x'], [-1], [NaN]])
    attempt(`expected ${JSON.stringify(args)}`, () => typeof http.expectedStatuses(...args));
  for (const arg of [null, undefined, 5, 'x', {}, () => true, http.expectedStatuses(404)])
    attempt(`callback ${typeof arg} ${arg === null}`, () => { http.setResponseCallback(arg); return http.get(`${__ENV.TARGET}/status/404`).status; });
}
