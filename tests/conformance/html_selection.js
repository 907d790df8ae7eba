// Every method of a selection.
import html, { parseHTML } from 'k6/html';

const page = parseHTML(`<html><head><title>A &lt;title&gt;</title></head><body>
<h1 id="top" data-test="a" data-num="123" data-float="1.50" data-exp="1E02" data-big="12345678901234567890123"
 data-user-id="7" data-html-url-x="u" data-json='{"a":[1,"b"]}' data-arr="[1,2]" data-bad="{x" data-t="true" data-f="false" data-n="null"
 data-empty="" data-undefined="undefined" data-nan="NaN" data-neg="-5" data-zero="0" data-lead="007" data-oauth="o" data->Lorem</h1>
<a href="http://example.com" class="l">e</a>
<p class="c">one <b>two</b><!-- three --> four</p><pre>
  pre</pre><script>a < b && "c"</script>
<div><span>1</span><span class="m">2</span>text<span>3</span></div>
<form id="form1"><input name="text_input" type="text" value="text input"><input name="empty"><input name="empty2" type="text">
<input name="check" type="checkbox" checked><input name="unchecked" type="checkbox" value="u"><input name="radio" type="radio" value="r" checked="checked">
<input type="submit" name="sub" value="go"><input type="file" name="file"><input disabled="disabled" name="dis" value="d"><input type="hidden" name="h&=" value="é ~*'()!">
<select name="one"><option value="a">A</option><option selected>B</option></select>
<select name="many" multiple><option selected value="x">X</option><option>Y</option><option selected>Z &amp;</option></select>
<select name="none"><option>n</option></select>
<textarea name="area">multi
line &lt;</textarea><button name="b" value="bv">B</button><button>no</button></form></body></html>`);

// Lines go out by ten.
const lines = [];
const tell = (name, give) => {
  try {
    let value = give();
    if (value !== undefined && value !== null && typeof value.size === 'function') {
      value = `selection ${value.size()} ${value.toArray().map((one) => one.get(0).nodeName()).join(',')} ${JSON.stringify(value.text().slice(0, 40))}`;
    } else if (value !== undefined && value !== null && typeof value.nodeName === 'function') {
      value = `element ${value.nodeName()}`;
    } else {
      value = JSON.stringify(value);
    }
    lines.push(`${name} ${value}`);
  } catch (error) {
    lines.push(`${name} throws ${error.message.split(' at ')[0]}`);
  }
  if (lines.length === 10) console.log(lines.splice(0).join(' | '));
};

export default function () {
  const find = (selector) => page.find(selector);
  console.log(Object.keys(html), typeof parseHTML, page.url === '', find('p').url === '');
  tell('size', () => [page.size(), find('span').size(), find('nope').size()]);
  for (const method of ['text', 'html', 'val', 'first', 'last', 'children', 'contents', 'parent', 'parents', 'siblings', 'next', 'nextAll', 'prev', 'prevAll', 'end', 'index', 'data', 'serialize', 'serializeArray', 'toArray', 'nextUntil', 'prevUntil', 'parentsUntil']) {
    for (const selector of ['span', 'p', 'nope', 'b', 'script', 'pre', 'title', '#form1', 'option']) {
      tell(`${method} ${selector}`, () => { const v = find(selector)[method](); return Array.isArray(v) && method === 'toArray' ? v.length : v; });
    }
  }
  for (const method of ['children', 'parent', 'parents', 'siblings', 'next', 'nextAll', 'prev', 'prevAll']) {
    for (const filter of ['.m', 'span', '*', 'body', '[', '']) tell(`${method} ${filter}`, () => find('span').first().add('b')[method](filter));
  }
  for (const method of ['nextUntil', 'prevUntil', 'parentsUntil']) {
    tell(`${method} selector`, () => find('.m')[method]('span'));
    tell(`${method} selection`, () => find('form')[method](find('p')));
    tell(`${method} null`, () => find('form')[method](null));
    tell(`${method} filter`, () => find('form')[method]('h1', 'p,div,body'));
    tell(`${method} null filter`, () => find('.m')[method](null, 'span,body'));
    tell(`${method} selection filter`, () => find('form')[method](find('p'), 'div'));
    tell(`${method} number`, () => find('form')[method](5));
    tell(`${method} three`, () => find('form')[method]('p', 'p', 'p'));
  }
  for (const method of ['find', 'add', 'closest', 'has', 'not', 'filter', 'is']) {
    const values = { selector: 'span', bad: '[', selection: find('.m'), element: find('p').get(0), number: 5, nothing: undefined, null: null, object: {}, array: [1], boolean: true, fraction: 1.5 };
    for (const [name, value] of Object.entries(values)) tell(`${method} ${name}`, () => find('div,span,p')[method](value));
    if (method !== 'filter' && method !== 'is') tell(`${method} nothing given`, () => find('div')[method]());
  }
  for (const method of ['filter', 'not', 'is']) {
    const seen = [];
    tell(`${method} function`, () => find('span')[method]((i, one) => { seen.push(`${i} ${one.text()} ${one.attr('class')} ${one.is('.m')} ${one.length()}`); return i !== 1; }));
    console.log(seen.join(' | '));
    tell(`${method} throws`, () => find('span')[method](() => { throw new Error('mine'); }));
  }
  tell('map', () => find('span').map((i, one) => `${i}${one.text()}${one.attr('class')}`));
  tell('map throws', () => find('span').map((i) => { if (i === 1) throw new Error('x'); return i; }));
  tell('map none', () => find('nope').map((i) => i));
  tell('map not a function', () => find('span').map('x'));
  tell('each', () => find('span').each((i, element) => console.log('each', i, element.textContent(), element.nodeName())));
  tell('each not a function', () => find('span').each('x'));
  for (const i of [0, 1, 2, 3, -1, -3, -4, 1.7, '1', 'x', undefined, null]) {
    tell(`eq ${i}`, () => find('span').eq(i));
    tell(`get ${i}`, () => find('span').get(i));
  }
  tell('get', () => find('span').get().length);
  for (const range of [[0], [1], [0, 1], [1, 2], [0, 3], [0, 9], [1, -1], [-2], [-2, -1], [-2, 2]]) tell(`slice ${range}`, () => find('span').slice(...range));
  tell('attr', () => [find('a').attr('href'), find('a').attr('nope'), find('a').attr('nope', 'd'), find('nope').attr('x', 1), find('a').attr('HREF')]);
  for (const key of ['test', 'num', 'float', 'exp', 'big', 'user-id', 'userId', 'userID', 'htmlUrlX', 'html-url-x', 'json', 'arr', 'bad', 't', 'f', 'n', 'empty', 'undefined', 'nan', 'neg', 'zero', 'lead', 'nope', '', 'oauth']) tell(`data ${key}`, () => find('h1').data(key));
  tell('data all', () => { const all = find('h1').data(); return Object.keys(all).sort().map((key) => `${key}=${JSON.stringify(all[key])}`); });
  for (const selector of ['input', 'input[type=checkbox]', 'select', 'select[multiple]', 'option', 'textarea', 'button', 'p', 'nope', '[name=none]', '[name=empty]']) tell(`val ${selector}`, () => find(selector).val());
  tell('index', () => [find('.m').index(), find('.m').index('span'), find('span').index(find('.m')), find('span').index(find('.m').get(0)), find('span').index(5), find('nope').index(), find('p').index('nope')]);
  tell('serialize', () => [find('form').serialize(), find('input').serialize(), find('p').serialize()]);
  tell('serializeArray', () => find('form').serializeArray());
  tell('serializeObject', () => { const all = find('form').serializeObject(); return Object.keys(all).sort().map((key) => [key, all[key]]); });
  tell('end', () => find('div').find('span').first().end());
  tell('end end', () => find('div').find('span').end().end());
  const { text, attr, find: found } = find('p');
  tell('bound', () => [text(), attr('class'), found('b').text()]);
  tell('html of the document', () => page.html().length);
  tell('void', () => parseHTML('').html());
  for (const source of ['', 'x', '<p>', '<p>a<p>b', '<b><p></b>x', '<table>a<tr><td>b', '<a href=1><a href=2>', '<!-- &lt; --><!--> x', '<!doctype html PUBLIC "a" "b">', '<svg><Title>x<p>y', '<select><option>a<option>b<input>', '<ul><li>1<li>2</ul>', '<textarea>\n\n x</textarea>', '&notit; &not &amp &copy; &#128; &#x41; &#0; &bogus;', '<p a=1 a=2 B>', '<frameset><frame></frameset>', '<template><td>x</template>', '<noscript><p>x</noscript>', 'a\0b', '<plaintext></plaintext>']) tell(`parse ${source}`, () => parseHTML(source).html());
  for (const value of [undefined, null, 5, {}, [1]]) tell(`parse ${String(value)}`, () => parseHTML(value).html());
  tell('parse nothing', () => parseHTML().html());
  tell('deep 500', () => parseHTML('<div>'.repeat(500)).find('div').size());
  tell('deep 100000', () => parseHTML('<div>'.repeat(100000)).find('div').size());
  console.log(lines.join(' | '));
}
