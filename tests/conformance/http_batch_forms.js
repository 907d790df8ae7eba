import http from 'k6/http';
// The forms of a batch, good and bad.
export default function () {
  const at = (path) => `${__ENV.TARGET}/${path}`;
  const show = (name, make) => {
    try {
      const all = make();
      const text = (res) => (res === null || res === undefined ? String(res) : `${res.status}/${res.error_code}/${res.error}/${res.request ? res.request.method : res.request}`);
      console.log(name, Array.isArray(all), Object.entries(all).sort().map(([key, res]) => `${key}:${text(res)}`).join(' '));
    } catch (error) { console.log(name, 'thrown', String(error).split('\n')[0]); }
  };
  show('texts', () => http.batch([at('json'), at('text')]));
  show('lists', () => http.batch([['GET', at('json')], ['POST', at('echo'), 'body'], ['PUT', at('echo'), { a: 1 }, { tags: { a: 'b' } }]]));
  show('objects', () => http.batch([{ method: 'POST', url: at('echo'), body: 'x', params: { headers: { a: 'b' } } }, { url: at('json') }, { method: 'head', url: at('json') }]));
  show('by name', () => http.batch({ a: at('json'), b: ['GET', at('status/404')], c: { url: at('echo'), method: 'OPTIONS' } }));
  show('empty list', () => http.batch([]));
  show('empty object', () => http.batch({}));
  show('template', () => http.batch([http.url`${at('json')}`]));
  show('no url', () => http.batch([at('json'), { method: 'GET' }, at('text')]));
  show('short list', () => http.batch([['GET'], at('json')]));
  show('method number', () => http.batch([[5, at('json')]]));
  show('bad url', () => http.batch([at('json'), 'http://a b/']));
  show('bad url by name', () => http.batch({ a: at('json'), b: '' }));
  show('bad params', () => http.batch([['GET', at('json'), null, { timeout: 'x' }]]));
  show('refused', () => http.batch([at('json'), 'http://127.0.0.1:1/']));
  show('number', () => http.batch(5));
  show('text', () => http.batch('x'));
  show('null', () => http.batch(null));
  show('nothing', () => http.batch());
  show('two', () => http.batch([at('json')], {}));
  show('thrown', () => http.batch([at('json'), ['GET', 'http://127.0.0.1:1/', null, { throw: true }]]));
}
