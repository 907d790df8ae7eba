// Text that is no UTF-8 keeps its bytes as long as the script only passes it on.
import crypto from 'k6/crypto';
import { SharedArray } from 'k6/data';
import encoding from 'k6/encoding';
import http from 'k6/http';
const text = open('./data/latin1.txt'), bytes = open('./data/latin1.txt', 'b');
const shared = new SharedArray('texts', () => [text]);
const hex = (data) => crypto.hexEncode(data);
export default function () {
  console.log(text.length, hex(text), hex(bytes), shared[0].length, hex(shared[0]));
  console.log(crypto.md5(text, 'hex') === crypto.md5(bytes, 'hex'), crypto.hmac('sha256', text, text, 'hex') === crypto.hmac('sha256', bytes, bytes, 'hex'));
  console.log(encoding.b64encode(text), encoding.b64encode(text) === encoding.b64encode(bytes));
  const back = encoding.b64decode(encoding.b64encode(bytes), 'std', 's');
  console.log(back === text, hex(back), hex(String(back)), hex([back].concat()[0]));
  console.log(hex(back + 'x'), hex(back.slice(0, 4)), hex(back.trim()));
  const answer = http.get(`${__ENV.TARGET}/bytes`);
  console.log(answer.body.length, crypto.sha1(answer.body, 'hex'));
  const sent = (body) => http.post(`${__ENV.TARGET}/sha1`, body).json('sha1');
  console.log(sent(text) === crypto.sha1(bytes, 'hex'), sent(answer.body) === crypto.sha1(answer.body, 'hex'));
  console.log(sent({ a: text, é: 'ü' }), http.batch([['POST', `${__ENV.TARGET}/sha1`, text]])[0].json('sha1'));
  console.log(http.asyncRequest !== undefined, http.request('PUT', `${__ENV.TARGET}/sha1`, text).json('size'));
  console.log(http.post(`${__ENV.TARGET}/sha1`, { f: http.file(text, 'f.txt') }).json('size') - http.post(`${__ENV.TARGET}/sha1`, { f: http.file('', 'f.txt') }).json('size'));
  console.log(http.post(`${__ENV.TARGET}/sha1`, text).request.body.length);
}
