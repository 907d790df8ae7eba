// An answer as HTML, its forms and links: /repeat answers with the page it was sent.
import http from 'k6/http';

const TARGET = __ENV.TARGET;
const page = (html) => http.post(`${TARGET}/repeat?a=b`, html);
const kForm = `<a href="/echo?x=1">first</a><a id="second" href="echo?y=2#frag">second</a><a id="none">none</a><a id="bad" href="http://[">bad</a>
<form id="get" action="/echo"><input name="q" value="a b&amp;c"><input name="é" value="ü"><input type="submit" name="go" value="Go"></form>
<form id="post" method="post" action="/echo?kept=1"><input name="b" value="2"><input name="a" value="1"><select name="m"><option>x</option><option selected>y</option></select><textarea name="t">text</textarea><input type="checkbox" name="c" checked="checked"><button type="submit" name="which" value="one">1</button><button type="submit" name="which" value="two">2</button></form>
<form id="put" method="PUT" action="echo"><input name="x" value="y"></form><form id="bare"><input name="n" value="v"></form><form id="base" action="http://["></form>`;
const tell = (name, give) => {
  try {
    const value = give();
    console.log(name, typeof value === 'object' ? JSON.stringify(value) : value);
  } catch (error) {
    console.log(name, 'throws', error.message.split(TARGET).join('TARGET').split(' at ')[0]);
  }
};
const sent = (response) => {
  if (!response.url.includes('/echo')) return `${response.request.method} ${response.url.split(TARGET).join('')} ${response.body.length}`;
  const { method, path, body, headers } = response.json();
  return [method, path, body.split('&').sort(), Object.entries(headers).sort()];
};

export default function () {
  const response = page(kForm);
  tell('html', () => response.html().find('form').size());
  tell('html selector', () => response.html('#post').attr('action'));
  tell('html bad selector', () => response.html('[').size());
  tell('url', () => response.html().url === response.url && response.html('a').url === response.url);
  tell('href', () => [response.html('#second').get(0).href(), response.html('a').get(0).pathname(), response.html('#none').get(0).href(), response.html('#bad').get(0).href()].map((one) => one.split(TARGET).join('')));
  tell('action', () => response.html('form').toArray().map((one) => one.get(0).action().split(TARGET).join('')));
  tell('formAction', () => response.html('button').get(0).formAction().split(TARGET).join(''));
  tell('no body', () => http.get(`${TARGET}/json`, { responseType: 'none' }).html());
  tell('binary body', () => http.post(`${TARGET}/repeat`, '<p>x</p>', { responseType: 'binary' }).html('p').text());
  tell('link', () => sent(response.clickLink()));
  tell('link selector', () => sent(response.clickLink({ selector: '#second' })));
  tell('link params', () => sent(response.clickLink({ selector: 'a', params: { headers: { 'X-Custom': 'mine' } } })));
  for (const selector of ['#none', '#nope', '[', 'form', '#bad']) tell(`link ${selector}`, () => sent(response.clickLink({ selector })));
  tell('link null', () => sent(response.clickLink({ selector: null })));
  tell('form', () => sent(response.submitForm()));
  for (const formSelector of ['#get', '#post', '#put', '#bare', '#base', '#nope', '[']) tell(`form ${formSelector}`, () => sent(response.submitForm({ formSelector })));
  tell('form fields', () => sent(response.submitForm({ formSelector: '#post', fields: { a: 'mine', new: 5, list: ['p', 'q'], none: true } })));
  tell('form fields of get', () => sent(response.submitForm({ formSelector: '#get', fields: { q: 'x&y', list: ['p', 'q'], n: 1.5 } })));
  tell('form submit', () => sent(response.submitForm({ formSelector: '#post', submitSelector: '[value=two]' })));
  tell('form no submit', () => sent(response.submitForm({ formSelector: '#post', submitSelector: '#nope' })));
  tell('form params', () => sent(response.submitForm({ formSelector: '#post', params: { headers: { 'X-Custom': 'mine' }, tags: { t: 'u' } } })));
  tell('form unknown', () => sent(response.submitForm({ formSelector: '#put', nope: 1 })));
}
