import http from 'k6/http';
import { attempt } from './data/answers.js';
export default function () {
  const at = (path) => `${__ENV.TARGET}${path}`;
  const shown = (name, ask) => { try { const all = ask(); for (const key of Object.keys(all).sort()) attempt(`${name} ${key}`, () => ({ ...all[key], timings: {} })); } catch (error) { console.log(name, 'throws', `${error}`.split('\n')[0]); } };
  shown('array', () => http.batch([at('/json'), ['GET', at('/redirect/2')], ['POST', at('/echo'), 'b', { headers: { 'X-Custom': '1' } }], { url: at('/status/404') }, { method: 'post', url: at('/echo'), body: { a: 'b' } }]));
  shown('object', () => http.batch({ a: at('/json'), b: ['HEAD', at('/json')], c: { method: 'GET', url: at('/echo'), body: 'dropped' } }));
  shown('failures', () => http.batch([at('/raw/nothing'), 'http://127.0.0.1:1/', at('/json'), ['GET', at('/slow/900'), null, { timeout: 80 }]]));
  shown('urls', () => http.batch([http.url`${at('/json')}?a=${1}`, { url: http.url`${at('/status')}/${404}` }]));
  shown('none', () => http.batch([]));
  shown('limits', () => http.batch([...Array(30).keys()].map(() => at('/json'))));
}
