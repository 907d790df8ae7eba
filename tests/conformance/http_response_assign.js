import http from 'k6/http';
// Fields of an answer may be assigned; methods use what was assigned.
export default function () {
  const res = http.get(`${__ENV.TARGET}/json`);
  res.status = 299;
  res.body = '{"mine":[1,{"a":"b"}]}';
  res.headers = { A: 'b' };
  res.error = 'none';
  res.error_code = 7;
  res.url = 'http://elsewhere.test/';
  console.log(res.status, res.body, JSON.stringify(res.headers), res.error, res.error_code, res.url);
  console.log(JSON.stringify(res.json()), res.json('mine.1.a'));
  const { json, html } = res;
  console.log(typeof json, typeof html, JSON.stringify(json('mine.0')));
  const again = http.get(`${__ENV.TARGET}/json`);
  console.log(again.status, again.json('hello'), again.json('items') === again.json('items'));
  const own = again.json();
  own.hello = 'changed';
  console.log(again.json().hello, again.json('hello'));
  console.log(Object.keys(http.get(`${__ENV.TARGET}/status/204`)).join());
}
