// samples
import http from 'k6/http';
import { attempt, answer } from './data/answers.js';
const page = (html) => http.get(__ENV.TARGET + answer(['header', 'Content-Type:text/html'], ['body', html]));
export default function () {
  const inputs = '<input name=t value=one><input type=hidden name=h value="two words"><input type=checkbox name=c value=on checked><input type=checkbox name=d value=off><input type=radio name=r value=1><input type=radio name=r value=2 checked><textarea name=a>text &amp; more</textarea><select name=s><option value=x><option value=y selected>Y</select><input name=e disabled value=dis><input value=nameless><input type=submit name=go value=Go><input type=submit name=other value=Other>';
  const form = (attributes) => page(`<form ${attributes}>${inputs}</form>`);
  attempt('get', () => form('action=/echo').submitForm());
  attempt('post', () => form('action=/echo method=post').submitForm());
  attempt('POST', () => form('action=/echo method=POST').submitForm({ fields: { t: 'changed', added: 'ü &' } }));
  attempt('put', () => form('action=/echo method=put').submitForm());
  attempt('no action', () => form('method=post').submitForm());
  attempt('relative', () => form('action="echo?q=1" method=get').submitForm({ fields: { c: 'x' } }));
  attempt('absolute', () => form(`action="${__ENV.TARGET}/echo"`).submitForm());
  attempt('button', () => form('action=/echo').submitForm({ submitSelector: '[name=other]' }));
  attempt('params', () => form('action=/echo method=post').submitForm({ params: { headers: { 'X-Custom': 'p' }, tags: { name: 'submitted' } } }));
  attempt('which', () => page('<form id=one action=/json></form><form id=two action=/text></form>').submitForm({ formSelector: '#two' }));
  attempt('none', () => page('<p>').submitForm());
  attempt('no such', () => page('<form></form>').submitForm({ formSelector: '#no' }));
  attempt('no body', () => http.get(`${__ENV.TARGET}/json`, { responseType: 'none' }).submitForm());
  attempt('null', () => form('action=/echo').submitForm(null));
  attempt('empty', () => page('<form action=/echo></form>').submitForm());
}
