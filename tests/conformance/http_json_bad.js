import http from 'k6/http';
// json() of what is none, with and without selectors.
const bodies = ['', ' ', '{', '[1,]', '{"a":1,}', 'null', 'true', '5', '"text"', '{"a":{"b":[1,2,{"c":null}]}}', '\ufeff{}', '{"a":1}x', 'nul', '{"a" 1}', '[1 2]', '"\\x"', '01'];
export default function () {
  for (const body of bodies) {
    for (const selector of [undefined, 'a', 'a.b.2.c', 'a.b.#', '@this', '', null, 5]) {
      try {
        const res = http.post(`${__ENV.TARGET}/repeat`, body);
        const found = selector === undefined ? res.json() : res.json(selector);
        console.log(JSON.stringify(body), selector, JSON.stringify(found));
      } catch (error) { console.log(JSON.stringify(body), selector, 'thrown', String(error).split('\n')[0]); }
    }
  }
  for (const params of [{ responseType: 'none' }, { responseType: 'binary' }])
    try { console.log(JSON.stringify(http.get(`${__ENV.TARGET}/json`, params).json('hello'))); } catch (error) { console.log(String(error).split('\n')[0]); }
}
