import http from 'k6/http';
// Headers in each form, and those that belong to the transfer.
const show = (name, headers) => {
  try {
    const res = http.post(`${__ENV.TARGET}/echo`, 'b', { headers });
    console.log(name, res.status, res.error, JSON.stringify(res.json('headers')), JSON.stringify(Object.entries(res.request.headers).sort()).replace(/127.0.0.1:\d+/g, 'HOST'));
  } catch (error) { console.log(name, 'thrown', String(error).split('\n')[0]); }
};
export const options = { userAgent: 'me' };
export default function () {
  for (const value of [1, true, 1.5, [1, 2], { a: 1 }, '', ' x ', 'ü', undefined]) show(`value ${JSON.stringify(value)}`, { 'X-Custom': value });
  show('cases', { 'x-custom': 'a', 'X-CUSTOM': 'b' });
  show('length', { 'Content-Length': '1' });
  show('length text', { 'content-length': 'x' });
  show('agent', { 'User-Agent': 'other' });
  show('no agent', { 'user-agent': '' });
  show('type', { 'content-type': 'text/plain' });
  show('close', { Connection: 'close' });
  show('empty', {});
}
