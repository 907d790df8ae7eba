import http from 'k6/http';
// Arguments of file(), and forms with odd fields.
const attempt = (name, call) => {
  try { console.log(name, JSON.stringify(call())); } catch (error) { console.log(name, 'thrown', String(error).split('\n')[0]); }
};
export default function () {
  for (const data of [5, null, undefined, true, {}, [], new Date(0), new Uint8Array(2), 'text', new ArrayBuffer(2)])
    attempt(`data ${Object.prototype.toString.call(data)}`, () => { const file = http.file(data, 'n'); return [file.filename, file.content_type]; });
  for (const name of [5, null, undefined, true, '', 'a"b\\c', 'ü'])
    attempt(`name ${JSON.stringify(name)}`, () => http.file('x', name).filename);
  for (const type of [5, null, undefined, true, '', 'text/plain; charset=x'])
    attempt(`type ${JSON.stringify(type)}`, () => http.file('x', 'n', type).content_type);
  const size = (fields) => http.post(`${__ENV.TARGET}/sha1`, fields).json('size');
  attempt('form', () => size({ f: http.file('data', 'n.txt'), a: 'b', n: 5, t: true }));
  attempt('two', () => size({ f: http.file('data', 'n.txt'), g: http.file(new Uint8Array([1, 2, 3]).buffer, 'b.bin', 'x/y') }));
}
