import http from 'k6/http';
// Wrong arguments and parameters: what each is answered with.
const params = {
  'no object': 5, text: 'x', list: [], timeouts: { timeout: 'soon' }, 'timeout null': { timeout: null }, 'timeout list': { timeout: [1] },
  'timeout 0': { timeout: 0 }, 'timeout negative': { timeout: -5 }, 'timeout units': { timeout: '1x' }, 'redirects text': { redirects: 'x' },
  'redirects negative': { redirects: -1 }, type: { responseType: 'json' }, callback: { responseCallback: 5 }, 'callback null': { responseCallback: null },
  'tags text': { tags: 'x' }, 'tag list': { tags: { a: [1] } }, 'tag null': { tags: { a: null } }, 'headers text': { headers: 'x' },
  'header null': { headers: { a: null } }, 'header name': { headers: { 'a b': '1' } }, 'header value': { headers: { a: 'b\nc' } },
  'header empty name': { headers: { '': 'x' } }, 'cookies text': { cookies: 'x' }, 'cookie null': { cookies: { a: null } }, 'cookie list': { cookies: { a: [1] } },
  jar: { jar: {} }, 'jar null': { jar: null }, auth: { auth: 'magic' }, 'auth number': { auth: 5 }, compression: { compression: 'rar' },
  'compression number': { compression: 5 }, throws: { throw: 'x' }, unknown: { what: 1 },
};
export default function () {
  for (const [name, value] of Object.entries(params)) {
    try {
      const res = http.post(`${__ENV.TARGET}/repeat`, 'body', value);
      console.log(name, res.status, res.error_code, res.error, JSON.stringify(res.body));
    } catch (error) { console.log(name, 'thrown', String(error).split('\n')[0]); }
  }
  for (const url of [undefined, null, '', 5, true, {}, [], 'http://', 'x', '/path', 'file:///etc/passwd', 'http://127.0.0.1:99999/', 'http://[::1', 'http://%zz/', 'http://a b/', 'http://h:port/', 'HTTP://127.0.0.1:1/']) {
    try {
      const res = http.get(url);
      console.log(JSON.stringify(url), res.status, res.error_code, res.error, res.body === null);
    } catch (error) { console.log(JSON.stringify(url), 'thrown', String(error).split('\n')[0]); }
  }
  for (const selector of [undefined, 'a']) {
    try { console.log(http.post(`${__ENV.TARGET}/repeat`, 5).json(selector)); } catch (error) { console.log(String(error)); }
  }
  for (const method of ['', 'get', 'G ET', 'Ä', undefined, null, 5]) {
    try { console.log(method, http.request(method, `${__ENV.TARGET}/echo`).json('method')); } catch (error) { console.log(method, 'thrown', String(error).split('\n')[0]); }
  }
}
