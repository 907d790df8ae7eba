// differs: a module that is not known is said in plain words
const tell = (name, give) => { try { console.log(name, give()); } catch (e) { console.log(name, e.name, e.message); } };
export default function () {
  tell('keys', () => Object.keys(import.meta).join());
  for (const specifier of ['./x.js', '../y/../z.js', '/a/../b.js', 'file:///x.js', 'https://a.b/c.js', 'http://a.b/c.js', 'k6/http', 'lodash', '', undefined, 5]) {
    tell(String(specifier), () => import.meta.resolve(specifier).replace(/.*(?=conformance|tests)/, ''));
  }
  tell('url', () => typeof import.meta.url);
  import('./data/lib.js').then(() => console.log('imported'), (e) => console.log(typeof e, e));
}
