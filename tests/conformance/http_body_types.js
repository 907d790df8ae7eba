import http from 'k6/http';
// Bodies of each type: what is sent, with which type, and what is shown of it.
const bodies = {
  text: 'text', empty: '', number: 5, true: true, null: null, undefined: undefined, object: { a: 1, b: 'x y', c: [1, 2], d: null, e: true, 'f g': '&=' }, nested: { a: { b: 1 } },
  'empty object': {}, array: [1, 2], date: new Date(0), buffer: new Uint8Array([65, 66]).buffer, bytes: new Uint8Array([67, 68]), floats: new Float64Array([1]), view: new DataView(new ArrayBuffer(2)),
  json: JSON.stringify({ a: 1 }), unicode: 'üöä', function: () => 1, map: new Map([['a', 1]]), symbol: Symbol('s'), bigint: 'no',
};
export default function () {
  for (const [name, body] of Object.entries(bodies)) {
    try {
      const res = http.post(`${__ENV.TARGET}/echo`, body);
      console.log(name, res.status, res.error, res.status === 200 ? JSON.stringify([res.json('body'), res.json('headers'), res.request.body, res.request.headers['Content-Type']]) : '');
    } catch (error) { console.log(name, 'thrown', String(error).split('\n')[0]); }
  }
}
