import http from 'k6/http';
// Text beyond ASCII in bodies, forms, headers, names of tags, and answers.
export default function () {
  const text = 'ünïcödé \u{1F600} \u0000 \u2028';
  const res = http.post(`${__ENV.TARGET}/repeat`, text);
  console.log(res.body.length, JSON.stringify(res.body), JSON.stringify(res.request.body));
  console.log(JSON.stringify(http.post(`${__ENV.TARGET}/repeat`, { ü: 'ö&\u{1F600}', 'a b': 'c+d' }).body));
  console.log(JSON.stringify(http.post(`${__ENV.TARGET}/repeat`, new Uint8Array([0xff, 0xfe, 65]).buffer).body));
  console.log(http.get(`${__ENV.TARGET}/text`).body, http.get(`${__ENV.TARGET}/text`, { responseType: 'binary' }).body.byteLength);
  console.log(http.get(`${__ENV.TARGET}/json`, { tags: { ü: 'ö' } }).status);
}
