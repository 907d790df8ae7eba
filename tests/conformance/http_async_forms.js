import http from 'k6/http';
// asyncRequest: order, failures, parameters, and what a promise of it does.
export default async function () {
  const at = (path) => `${__ENV.TARGET}/${path}`;
  const lines = [];
  const first = http.asyncRequest('GET', at('slow/200')).then((res) => lines.push(`slow ${res.status}`));
  const second = http.asyncRequest('POST', at('repeat'), 'body').then((res) => lines.push(`post ${res.body}`));
  lines.push('begun');
  await Promise.all([first, second]);
  console.log(lines.join());
  const tell = async (name, call) => { try { const res = await call(); console.log(name, res.status, res.error_code, res.error, res.request && res.request.method); } catch (error) { console.log(name, 'thrown', String(error).split('\n')[0].replace('GoError: ', '')); } };
  await tell('refused', () => http.asyncRequest('GET', 'http://127.0.0.1:1/'));
  await tell('thrown', () => http.asyncRequest('GET', 'http://127.0.0.1:1/', null, { throw: true }));
  await tell('timeout', () => http.asyncRequest('GET', at('slow/1000'), null, { timeout: 100 }));
  await tell('bad url', () => http.asyncRequest('GET', 'http://a b/'));
  await tell('bad body', () => http.asyncRequest('POST', at('echo'), 5));
  await tell('bad params', () => http.asyncRequest('GET', at('json'), null, { timeout: 'x' }));
  await tell('form', () => http.asyncRequest('PUT', at('echo'), { a: 1 }));
  await tell('headers', () => http.asyncRequest('GET', at('echo'), undefined, { headers: { 'X-Custom': 'a' }, tags: { a: 'b' } }));
  await tell('template', () => http.asyncRequest('GET', http.url`${at('json')}`));
  const race = await Promise.race([http.asyncRequest('GET', at('slow/500')), http.asyncRequest('GET', at('json'))]);
  console.log('race', race.url.endsWith('/json'));
  const settled = await Promise.allSettled([http.asyncRequest('GET', at('json')), http.asyncRequest('GET', 'http://127.0.0.1:1/', null, { throw: true })]);
  console.log(settled.map((one) => one.status).join());
}
