// Selectors as cascadia has them: what each finds, and how much.
import { parseHTML } from 'k6/html';

const kPage = `<!DOCTYPE html><!-- a &amp; b --><html lang="en-GB"><head><title>T &amp; t</title>
<noscript><img src="x.png"></noscript><script>if (1 < 2) document.write('<p>')</script>
<style>p > b { color: red }</style><link rel="stylesheet" href="/s.css"></head>
<body class="page main"><div id="one" class="a b c" data-n="1"><p>First <b>bold</b> text</p>
<p class="a">Second <i>it</i></p><!-- c --><p lang="fr">Troisième É</p></div>
<div id="two" class="b"><ul><li>1</li><li class="x">2</li><li>3</li><li class="x y">4</li><li></li></ul>
<ol><li> </li><li>z<!-- q --></li></ol></div>
<form id="f" action="/go" method="post"><fieldset disabled><legend><input name="l"></legend>
<input name="q" value="v"><select name="s"><optgroup label="g"><option>1</option><option selected>2</option></optgroup></select></fieldset>
<input type="checkbox" checked name="c"><input type="radio" name="r"><input type="RADIO" checked name="R">
<textarea name="t" disabled>
 txt</textarea><button>go</button><a href="#x" rel="a b">A</a><a>B</a></form>
<table><tr><td>1<td colspan=2>2<tr><th>3</table>
<svg viewBox="0 0 1 1"><clipPath id="cp"></clipPath><a xlink:href="y">S</a></svg>
<span title="Hello World" data-x="a-b">h</span><span title="hello">H</span><em></em><em>  </em>
<x-tag X-Attr="Y">custom</x-tag><div class="späte"></div><div id="1st" class="2nd"></div></body></html>`;

const kSelectors = `*
p
P
p, b
div p
div > p
div>p
div  >  p
p + p
p ~ p
p~p
body div p b
html body > div ul > li + li
#one
div#one
p#one
.a
.a.b
.a.b.c
.c.b.a
p.a
.A
*.b
[class]
[CLASS]
[class=a]
[class="a b c"]
[class='b']
[class~=b]
[class~="a b"]
[class~=""]
[class^=a]
[class^="a b"]
[class$=c]
[class*="b"]
[class*=""]
[class|=page]
[lang|=en]
[lang|="en-GB"]
[data-x|=a]
[class!=b]
p[class!=a]
[class#=^a]
[class#="^a"]
[class#=(a|x)]
[title#=H.*d]
[title="hello world" i]
[title="hello world"i]
[title=HELLO i]
[title="hello world" I]
[title^=h i]
[title$=WORLD i]
[title*=O i]
[ title = "hello" ]
[data-n="1"]
[data-n=1]
[x-attr]
[X-ATTR=Y]
x-tag
:not(p)
div :not(p)
p:not(.a)
p:not(.a, [lang])
:not(*)
div:not(#one):not(#two)
:has(b)
div:has(p)
div:has(> p)
body:has(div p b)
:haschild(b)
div:haschild(p.a)
:contains("bold")
p:contains("bold")
p:contains(bold)
p:contains("BOLD")
p:contains("troisième")
p:contains("é")
:containsOwn("text")
p:containsOwn("bold")
:contains("")
p:matches(^First)
p:matches(f)
p:matches((?i)f)
p:matchesOwn(text$)
li:matches(^[12]$)
li:first-child
li:last-child
li:nth-child(2)
li:nth-child(2n)
li:nth-child(2n+1)
li:nth-child( 2n + 1 )
li:nth-child(odd)
li:nth-child(even)
li:nth-child(EVEN)
li:nth-child(-n+2)
li:nth-child(n+3)
li:nth-child(n)
li:nth-child(0n+2)
li:nth-child(+3)
li:nth-child(-2)
li:nth-child(3n-1)
li:nth-last-child(1)
li:nth-last-child(2n)
li:nth-last-child(-n+2)
p:nth-of-type(1)
p:nth-of-type(2n)
p:nth-last-of-type(1)
p:first-of-type
p:last-of-type
:only-child
:only-of-type
b:only-child
li:empty
em:empty
:empty
:root
:root > body
:input
:link
:enabled
:disabled
input:enabled
input:disabled
:checked
:lang(en)
:lang(fr)
p:lang(fr)
:lang(en-GB)
:visited
a:hover
a:active
:focus
:target
noscript
noscript img
script
style
head > *
head title
option
option[selected]
optgroup > option
form input[name]
fieldset input
td
td + td
tbody > tr
table > tr
tr:nth-child(2) th
[colspan]
svg
svg a
clipPath
clippath
#cp
[viewBox]
[viewbox]
[href]
[xlink\\:href]
.späte
.sp\\e4 te
#\\31 st
#1st
.2nd
.\\32 nd
div.\\62
p:not(:first-child)
p:not(:nth-child(2n))
ul li:not(.x):not(:empty)
div:has(ul):has(ol)
:not(:not(p))
p /* comment */ b
p/**/b
a, a
p,
,p
p >
> p
p > > b
+ p
p..a
p#
p.
#
.
[
[]
[class
[class=
[class=]
[class=a
[class==a]
[class='a]
[class="a"b]
[class%=a]
:
::
::before
p::first-line
:before
p:nope
p:not
p:not(
p:not()
p:not(p
p:nth-child
p:nth-child()
p:nth-child(x)
p:nth-child(2
p:nth-child(2n+)
p:nth-child(--2)
p:nth-child(od)
p:contains
p:contains(
p:contains()
p:contains("x)
p:matches()
p:matches(()
p:matches([)
[class#=(]
p:lang()
p)
(p)
p(b)
p{b}
p@b
p!b
p^b
*|*
*|p
svg|a
p *
*b
**
 p
p 
-p
--x
\\
p\\
1p
_x
p:first-child b
body>div:first-child>p:nth-child(1)>b:only-child`.split('\n');

export default function () {
  const page = parseHTML(kPage);
  for (const selector of kSelectors) {
    const found = page.find(selector);
    const names = found.toArray().slice(0, 6)
      .map((one) => { const e = one.get(0); return `${e.nodeName()}${e.id() ? `#${e.id()}` : ''}`; });
    console.log(selector, found.size(), names.join(' '), page.is(selector), page.single(selector).size());
  }
  for (const selector of ['p', '.a', 'li:first-child', '[class', '']) {
    const paragraphs = page.find('p,li');
    console.log('filter', selector, paragraphs.filter(selector).size(), paragraphs.not(selector).size(),
      paragraphs.is(selector), paragraphs.closest(selector).size(), page.find('div').has(selector).size(),
      paragraphs.add(selector).size(), paragraphs.index(selector));
  }
}
