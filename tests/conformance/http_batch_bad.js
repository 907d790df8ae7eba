import http from 'k6/http';
// Wrong arguments of batch(), and of its elements.
const url = `${__ENV.TARGET}/json`;
const all = {
  nothing: [], text: ['x'], number: [5], null: [null], undefined: [undefined], function: [() => 1], regexp: [/x/], date: [new Date(0)],
  two: [[url], [url]], 'bad url': [['http://']], 'no url': [[{}]], 'url null': [[{ url: null }]], 'url number': [[{ url: 5 }]],
  'method number': [[{ method: 5, url }]], 'method null': [[{ method: null, url }]], 'short array': [[['GET']]], 'empty array': [[[]]],
  'array method': [[[5, url]]], 'element null': [[null]], 'element number': [[5]], 'element true': [[true]], 'good then bad': [[url, 'x']],
  'bad body': [[['POST', url, 5]]], 'bad params': [[['GET', url, null, { timeout: 'x' }]]], 'object bad': [{ a: url, b: 'http://' }],
  'lower method': [[{ method: 'post', url, body: 'b' }]], 'get with body': [[{ method: 'GET', url, body: 5 }]], 'empty object': [{}], empty: [[]],
};
export default function () {
  for (const [name, args] of Object.entries(all)) {
    try {
      const got = http.batch(...args);
      const shown = Object.entries(got).sort().map(([key, res]) => `${key}:${res && [res.status, res.error_code, res.error, res.body === null, res.url].join()}`);
      console.log(name, Array.isArray(got), shown.join(' ').replaceAll(__ENV.TARGET, 'TARGET'));
    } catch (error) { console.log(name, 'thrown', String(error).split('\n')[0].replaceAll(__ENV.TARGET, 'TARGET')); }
  }
}
