import http from 'k6/http';
// Files in forms: what the parts look like, without the boundary.
const text = open('./data/rows.csv');
const bytes = open('./data/rows.csv', 'b');
export default function () {
  const post = (name, body, params) => {
    const res = http.post(`${__ENV.TARGET}/repeat`, body, params);
    const boundary = (/^--([^\r\n]+)/.exec(String(res.body)) || [])[1];
    console.log(name, res.status, JSON.stringify(String(res.body).split(boundary).join('BOUNDARY')), JSON.stringify(res.request.headers['Content-Type']).replace(boundary, 'BOUNDARY'));
  };
  post('text', { f: http.file(text, 'a.txt') });
  post('bytes', { f: http.file(bytes, 'a.bin', 'x/y') });
  post('default name', { f: http.file('abc') && http.file('abc', 'n') });
  post('quotes', { 'f"g': http.file('abc', 'a "b" \\ c.txt') });
  post('unicode', { f: http.file('é', 'ž.txt', 'text/plain') });
  post('array buffer', { f: http.file(new Uint8Array([65, 66]).buffer, 'b') });
  const file = http.file('abc', 'n', 't/u');
  console.log(JSON.stringify(file), file.filename, file.content_type, typeof http.file('x').filename, http.file('x').content_type);
  for (const wrong of [5, {}, null, undefined, [1]]) { try { console.log(JSON.stringify(wrong), JSON.stringify(http.file(wrong, 'n'))); } catch (error) { console.log(JSON.stringify(wrong), 'thrown', String(error).split('\n')[0]); } }
}
