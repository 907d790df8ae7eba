import http from 'k6/http';
export default function () {
  const send = (name, body) => {
    const res = http.post(`${__ENV.TARGET}/echo`, body);
    const told = res.status ? res.json() : {};
    console.log(name, res.status, res.error, res.error_code, JSON.stringify(told.body), JSON.stringify(told.headers));
  };
  send('order', { b: 1, a: 2, C: 3 });
  send('kinds', { n: 1.5, big: 1e21, small: 1e-7, neg: -0, t: true, nul: null, u: undefined, s: '' });
  send('signs', { 'a b&=+': 'ü/?#[]@!$\'()*+,;=~.-_ \r\n%' });
  send('list', { l: [1, 'two', true, null] });
  send('nested', { o: { a: 1 } });
  send('nested list', { l: [[1], { a: 1 }] });
  send('empty', {});
  send('empty list', { l: [] });
  send('date', { d: new Date(0) });
  send('numbers', { nan: NaN, inf: Infinity, more: 9007199254740994, half: 1234567.25, less: 999999.5, whole: 1e15, huge: 1e100 });
}
