import http from 'k6/http';
// What is sent depends on the compressor; what it was is compared, and how it is announced.
export default function () {
  const sent = (name, body, params, path = '/headers') => {
    try {
      const res = http.post(__ENV.TARGET + path, body, params);
      console.log(name, res.status, res.error, res.error_code, JSON.stringify(res.request && res.request.headers['Content-Encoding']), res.request && JSON.stringify(res.request.body),
        path === '/headers' && res.status ? JSON.stringify(JSON.parse(res.body).filter(([key]) => key !== 'Content-Length')) : '');
    } catch (error) { console.log(name, 'throws', `${error}`); }
  };
  for (const coding of ['gzip', 'deflate', 'br', 'zstd', 'gzip, deflate', 'gzip,br', ' gzip ', 'gzip,gzip']) sent(coding, 'the body', { compression: coding });
  for (const coding of ['lzw', 'gzip,lzw', '', ',', 'GZIP', 'gzip;q=1']) sent(`bad ${coding}`, 'the body', { compression: coding });
  sent('form', { a: 'b' }, { compression: 'gzip' });
  sent('bytes', new Uint8Array([1, 2, 3]).buffer, { compression: 'gzip' });
  sent('no body', null, { compression: 'gzip' });
  sent('empty body', '', { compression: 'gzip' });
  sent('own header', 'the body', { compression: 'gzip', headers: { 'Content-Encoding': 'mine' } });
  sent('own header alone', 'the body', { headers: { 'Content-Encoding': 'mine' } });
  sent('a number', 'the body', { compression: 5 });
}
