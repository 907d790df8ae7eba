import http from 'k6/http';
// One part a form: the order of several is k6's by chance.
export default function () {
  const send = (name, body, params) => {
    try {
      const res = http.post(`${__ENV.TARGET}/echo`, body, params);
      const told = res.json();
      const boundary = /boundary=(\S+)/.exec(told.headers['Content-Type'] || '');
      const cut = (text) => (boundary ? text.replaceAll(boundary[1], 'BOUNDARY') : text);
      console.log(name, cut(told.headers['Content-Type'] || ''), JSON.stringify(cut(told.body)));
    } catch (error) { console.log(name, 'throws', `${error}`.split('\n')[0]); }
  };
  send('text', { f: http.file('content', 'name.txt', 'text/plain') });
  send('bytes', { f: http.file(new Uint8Array([104, 105]).buffer, 'b.bin') });
  send('quotes', { f: http.file('c', 'a"b\\c.txt', 'x/y; z="1"') });
  send('unicode', { fü: http.file('ü', 'naïve.txt', 'text/plain') });
  send('line breaks', { 'f\r\nx': http.file('c', 'a\r\nb', 'text/plain') });
  send('empty', { f: http.file('', 'e', 'text/plain') });
  send('no name', { f: http.file('c', '', 'text/plain') });
}
