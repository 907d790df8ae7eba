import http from 'k6/http';
// What goes out for each kind of body, with each method.
const bodies = {
  text: 'a=b', empty: '', unicode: 'žluť \u{1f600}', form: { a: 1, b: [2, 'c'], 'd e': 'f&g', h: true, i: 1.5, j: 1e21 },
  nothing: {}, nested: { a: { b: 1 } }, nul: null, undefined: undefined, buffer: new Uint8Array([104, 105]).buffer,
  bytes: new Uint8Array([1, 2, 255]), clamped: new Uint8ClampedArray([65]), number: 5, yes: true, list: [1, 2], date: new Date(0),
  words: new Uint16Array([1]), func: () => 1,
};
export const options = { userAgent: 'me', noConnectionReuse: true };
export default function () {
  for (const [name, body] of Object.entries(bodies)) {
    for (const method of ['GET', 'POST', 'DELETE']) {
      try {
        const res = http.request(method, `${__ENV.TARGET}/repeat`, body);
        console.log(name, method, res.status, res.error_code, res.error, JSON.stringify(res.body), res.request ? JSON.stringify(Object.entries(res.request.headers).sort()) : 'not sent');
      } catch (error) { console.log(name, method, 'thrown', String(error).split('\n')[0]); }
    }
    try { console.log(name, JSON.stringify(http.post(`${__ENV.TARGET}/echo`, body).body)); } catch (error) { console.log(name, 'thrown', error instanceof Error); }
  }
}
