// What k6/html costs, with one VU on one core; under k6 and under loadctl, one after the other:
//
//   GOMAXPROCS=1 chrt -r 10 taskset -c 1 k6 run -q --summary-mode disabled tests/bench/javascript/html.js
//   chrt -r 10 taskset -c 1 loadctl run -q --summary-mode disabled tests/bench/javascript/html.js
import { parseHTML } from 'k6/html';

const row = (i) => `<tr class="row r${i % 3}"><td><a href="/item/${i}?x=1&amp;y=2" title="Item ${i}">Item ${i}</a></td>
<td class="price num">${i}.99</td><td><p>Some text about the item, with <b>bold</b> and <i>italic</i> words &mdash; and
more.</p><ul><li>one</li><li>two</li></ul></td></tr>`;
const page = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Shop</title><script>var a = 1 < 2;</script>
<noscript><img src="/p.gif"></noscript></head><body><table>${Array.from({ length: 400 }, (_, i) => row(i)).join('')}
</table><form action="/go"><input name="q"><input type="hidden" name="csrf" value="abc"></form></body></html>`;

// Microseconds a call, after as many as it takes to compile it.
function time(name, count, call) {
  for (let i = 0; i < count / 3; ++i) call();
  const start = Date.now();
  for (let i = 0; i < count; ++i) call();
  console.log(name, (((Date.now() - start) * 1000) / count).toFixed(2), 'us');
}

export default function () {
  const whole = parseHTML(page);
  const one = whole.find('tr').eq(5);
  const element = one.get(0);
  console.log('page', page.length, 'characters', whole.find('*').size(), 'elements');
  time('parseHTML(page)', 90, () => parseHTML(page));
  time("page.find('tr.row td > a[href]')", 300, () => whole.find('tr.row td > a[href]'));
  time("page.find('tr').each(e => e.querySelector('a').getAttribute('href'))", 30,
    () => whole.find('tr').each((i, e) => e.querySelector('a').getAttribute('href')));
  time("row.find('a')", 20000, () => one.find('a'));
  time("row.attr('class')", 20000, () => one.attr('class'));
  time('row.text()', 20000, () => one.text());
  time("element.querySelector('a')", 20000, () => element.querySelector('a'));
}
