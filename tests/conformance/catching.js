import http from 'k6/http';
import { check, group, fail } from 'k6';
// Errors of built-in functions as a script sees them.
function show(f) {
  try { console.log('returned', f()); } catch (e) { console.log(e instanceof Error, e.name, e.message); }
}
export default function () {
  show(() => check(1));
  show(() => check(1, { 'a::b': true }));
  show(() => group('x'));
  show(() => group('a::b', () => 1));
  show(() => group('fine', () => 'value'));
  show(() => fail('said so'));
  show(() => check(1, { t: () => true, f: () => false, zero: 0, text: 'x' }));
  show(() => http.get(`${__ENV.TARGET}/json`, { responseType: 'image' }).error);
  show(() => http.get(`${__ENV.TARGET}/json`, { timeout: 'soon' }).error);
}
