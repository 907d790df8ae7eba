// Every method of elements, whatever they are.
import { parseHTML } from 'k6/html';

const page = parseHTML(`<html lang="en"><head><title>Title</title><base href="http://b.test/x/" target="_t"><link rel="a b" href="l.css" type="text/css" media="m" hreflang="h" crossorigin="anonymous">
<meta name="m" content="c" http-equiv="refresh"><style media="s">p{}</style><script src="s.js" async defer type="module" crossorigin="x">1<2</script></head><body id="b">
<a id="a1" href="http://user:pass@host.test:8080/p%20a/b?q=1&r=2#frag" rel="x y" target="t" type="ty" accesskey="k" hreflang="en" download="d" referrerpolicy="origin">Link <b>b</b></a>
<a id="a2" href="../up?x">up</a><a id="a3">none</a><a id="a4" href="https://h.test:443/">443</a><a id="a5" href="mailto:x@y">mail</a><a id="a6" href="file:///etc/x">f</a><a id="a7" href="http://[::1]:80/">6</a>
<area href="#z"><audio autoplay controls loop muted preload="none" src="a.mp3" crossorigin="use-credentials" mediagroup="g"><track kind="captions" src="t.vtt" srclang="en" label="L" default></audio><video src="v"></video>
<canvas></canvas><canvas width="3" height="4.5"></canvas><data value="dv"></data><del cite="c" datetime="d"></del><ins></ins><embed src="e" type="t" width="1" height="2">
<form id="f" action="/act" method="POST" name="fn" target="ft" enctype="multipart/form-data" accept-charset="u" autocomplete="off" novalidate><fieldset name="fs" disabled><legend accesskey="l">L</legend>
<label for="i1" id="lab">Lab</label><label id="wrap"><input id="i1" name="in" type="email" value="v" tabindex="3" required autofocus checked maxlength="7" size="9" pattern="p" placeholder="ph" readonly min="1" max="2" step="s" multiple list="dl" accept="ac" alt="al" dirname="dn" width="w" height="h" accesskey="ak" autocomplete="x" src="is"></label>
<input id="i2" type="bogus"><input id="i3" type="submit" formaction="/other" formmethod="PUT" formenctype="text/plain" formtarget="fft" formnovalidate></fieldset>
<button id="bt" name="bn" type="reset" value="bv" tabindex="x">B</button><button id="bt2">C</button><select id="s1" name="sn" multiple required><option id="o1" value="1" label="lb">One</option><optgroup label="og" disabled><option id="o2" selected>Two</option></optgroup></select>
<select id="s2"><option>x</option></select><textarea id="ta" name="tn" rows="2" cols="x" wrap="hard" value="vé" autocapitalize="words" maxlength="5">T</textarea><keygen id="k" name="kn" keytype="EC" challenge="c"><output id="out" for="x" name="on">O</output>
<meter min="1" max="x" low="2"></meter><progress id="p1" max="10" value="4"></progress><progress id="p2"></progress><object id="ob" data="od" type="ot" name="obn" usemap="#mp" typemustmatch tabindex="1"></object></form><datalist id="dl"><option>d</option></datalist>
<iframe src="if" name="ifn" width="1" allowfullscreen></iframe><img id="im" src="i.png" alt="al" ismap usemap="#mp" width="5" height="y" sizes="sz" srcset="ss" crossorigin="bogus" referrerpolicy="bogus" name="imn"><map id="mp" name="mn"><area id="ar"></map>
<ol start="4" reversed type="i"><li value="3" type="a">1</li></ol><ul type="disc"><li>2</li></ul><param name="pn" value="pv"><pre name="prn" value="prv">x</pre><quote cite="q"></quote><source src="so" media="sm"><time datetime="dt"></time>
<table sortable><caption>cap</caption><colgroup><col span="2"><col span="-1"></colgroup><thead><tr><th id="th1" abbr="ab" scope="row" sorted colspan="2">h</th></tr></thead><tbody><tr id="tr2"><td id="td1" rowspan="x" headers="hd">1</td><td id="td2">2</td></tr></tbody><tfoot><tr></tr></tfoot></table>
<div id="d" class=" c1  c2 " lang="de">text<!-- com --><p>p1</p><p>p2</p><svg id="sv"><circle></circle></svg></div><div id="d2" class="x">same</div><div id="d3" class="y">same</div></body></html>`);

const show = (value) => {
  if (value === undefined) return 'undefined';
  if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`;
  if (value !== null && typeof value === 'object' && typeof value.nodeName === 'function') return `<${value.nodeName()} ${value.id()}>`;
  if (value !== null && typeof value === 'object' && typeof value.size === 'function') return `selection ${value.size()}`;
  return JSON.stringify(value);
};

const kAll = ('attributes childElementCount childNodes children classList className firstChild firstElementChild hasAttributes hasChildNodes id innerHTML isDefaultNamespace lang lastChild lastElementChild ' +
  'namespaceURI nextElementSibling nextSibling nodeName nodeType nodeValue ownerDocument parentElement parentNode previousElementSibling previousSibling selection textContent toString').split(' ');
const kOwn = ('abbr accept acceptCharset accessKey action allowfullscreen alt areas async autocapitalize autocomplete autofocus autoplay caption cellIndex cells challenge charset checked cite colSpan cols content control controls crossOrigin currentSrc data datetime ' +
  'default defaultChecked defaultMuted defaultSelected defaultValue defer dirName disabled download elements encoding enctype form formAction formEnctype formMethod formNoValidate formTarget hash headers height high host hostname href hrefLang hreflang htmlFor httpEquiv images index isMap ' +
  'keySystem keytype kind label labels length list loop low max maxLength media mediaGroup method min multiple muted name noModule noValidate optimum options origin password pathname pattern placeholder port position preload protocol readOnly readonly referrerPolicy rel relList required reversed rowIndex rowSpan rows ' +
  'scope search sectionRowIndex selected selectedIndex selectedOptions size sizes sortable sorted span src srclang srcset start step tBodies tFoot tHead tabIndex target text textTracks type typeMustMatch useMap username validity value width wrap').split(' ');

export default function () {
  // An element without a name of its own; what has no first child or sibling ends k6's iteration.
  for (const selector of ['#d', '#d p', 'circle']) {
    const element = page.find(selector).get(0);
    for (const name of kAll) {
      if (selector !== '#d' && /^(first|last)Child$|Sibling$/.test(name)) continue;
      if (name === 'attributes') console.log(selector, name, Object.keys(element.attributes()).sort());
      else console.log(selector, name, show(element[name]()));
    }
  }
  page.find('*').each((i, element) => {
    const has = kOwn.filter((name) => typeof element[name] === 'function');
    console.log(i, element.nodeName(), element.id(), has.map((name) => `${name}=${show(element[name]())}`).join(' '));
  });
  const d = page.find('#d').get(0), p = page.find('p').get(0), d2 = page.find('#d2').get(0), d3 = page.find('#d3').get(0);
  console.log(d.contains(p), p.contains(d), d.contains(d), d.contains(d2), d.contains(5), d2.isEqualNode(d3), d2.isEqualNode(p), d2.isSameNode(d3), d2.isSameNode(page.find('#d2').get(0)), d2.isSameNode(undefined));
  console.log(d.getAttribute('id'), d.getAttribute('nope'), d.hasAttribute('lang'), d.hasAttribute('x'), d.matches('div'), d.matches('p'), d.matches('['));
  const node = d.getAttributeNode('class');
  console.log(node.name, node.value, node.prefix(), node.namespaceURI(), node.localName(), node.owner_element.id(), d.getAttributeNode('nope'));
  console.log(show(d.getElementsByClassName('c1')), show(d.getElementsByTagName('p')), show(page.find('body').get(0).getElementsByClassName('x')));
  console.log(show(d.querySelector('p')), d.querySelector('p').textContent(), show(d.querySelectorAll('p')), show(d.querySelector('nope')), show(d.querySelectorAll('nope')));
  const { id, textContent } = d2;
  console.log(id(), textContent());
}
