import http from 'k6/http';
// Wrong arguments of asyncRequest().
const url = `${__ENV.TARGET}/echo`;
const all = {
  none: [], method: ['GET'], 'method null': [null, url], 'method number': [5, url], 'url null': ['GET', null], 'url number': ['GET', 5], 'url bad': ['GET', 'http://'],
  'body number': ['POST', url, 5], 'body true': ['POST', url, true], 'body date': ['POST', url, new Date(0)], 'body list': ['POST', url, [1]], 'body null': ['POST', url, null],
  'params text': ['GET', url, null, 'x'], timeout: ['GET', url, null, { timeout: 'x' }], type: ['GET', url, null, { responseType: 'x' }],
  callback: ['GET', url, null, { responseCallback: () => true }], compression: ['POST', url, 'b', { compression: 'x' }], lower: ['post', url, 'b'],
};
export default async function () {
  for (const [name, args] of Object.entries(all)) {
    try {
      const res = await http.asyncRequest(...args);
      console.log(name, res.status, res.error_code, res.error, res.body && res.body.length > 0);
    } catch (error) { console.log(name, 'rejected', String(error).split('\n')[0].replaceAll(__ENV.TARGET, 'TARGET')); }
  }
}
