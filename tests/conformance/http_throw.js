import http from 'k6/http';
// `throw` as a parameter and the kinds of failures.
export default function () {
  const at = (path) => `${__ENV.TARGET}/${path}`;
  const tell = (name, call) => {
    try { const res = call(); console.log(name, res.status, res.error_code, res.error); } catch (error) {
      console.log(name, 'thrown', error.name, String(error.message).split('\n')[0].replace(/127\.0\.0\.1:\d+/g, 'HOST'), error instanceof Error);
    }
  };
  for (const throws of [false, true]) {
    const params = { throw: throws, timeout: 200 };
    tell('refused', () => http.get('http://127.0.0.1:1/a?b#c', params));
    tell('timeout', () => http.get(at('slow/1000'), params));
    tell('scheme', () => http.get('ftp://127.0.0.1/', params));
    tell('url', () => http.get('http://a b/', params));
    tell('no host', () => http.get('http://', params));
    tell('port', () => http.get('http://127.0.0.1:99999/', params));
    tell('body', () => http.post(at('echo'), 5, params));
    tell('header', () => http.get(at('echo'), { ...params, headers: { 'a b': 'c' } }));
    tell('404', () => http.get(at('status/404'), params));
    tell('password', () => http.get('http://me:secret@127.0.0.1:1/', params));
  }
}
