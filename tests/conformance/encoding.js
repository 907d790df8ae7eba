import encoding, { b64encode, b64decode } from 'k6/encoding';
const tell = (name, give) => { try { const v = give(); console.log(name, v instanceof ArrayBuffer ? `bytes ${Array.from(new Uint8Array(v))}` : JSON.stringify(v)); } catch (e) { console.log(name, e.name, e.message); } };
const bytes = new Uint8Array([255, 254, 0, 97, 63, 62]).buffer;
export default function () {
  for (const form of [undefined, null, 'std', 'rawstd', 'url', 'rawurl', 'nope', '', 'raw', 'rawnope', 5]) {
    tell(`encode ${form}`, () => [b64encode(bytes, form), b64encode('hello?>~é€', form), b64encode('', form), b64encode('a', form)]);
  }
  for (const data of ['', [1, 2, 3], new Uint8Array([1, 2]), new Uint8Array([1, 2, 3]).subarray(1), new Uint16Array([258]), new Int8Array([-1]), new Float32Array([1]), new DataView(bytes), null, undefined, 5, 1.5, {}, true, new Date(0), () => 1]) {
    tell(`data ${Object.prototype.toString.call(data)}`, () => b64encode(data));
  }
  for (const [text, form, format] of [['aGVsbG8='], ['aGVsbG8=', 'std', 's'], ['aGVsbG8', 'rawstd', 's'], ['aGVsbG8', 'std', 's'], ['aGVsbG8=', 'rawstd', 's'], ['_-8=', 'url'], ['_-8', 'rawurl'], ['/+8=', 'std'], ['_-8=', 'std'], ['%%%', 'std'], ['', 'std', 's'],
    ['aGVs\nbG8=', 'std', 's'], ['aGVsbG8=', 'nope', 's'], ['aGVsbG8=', null, 'b'], ['aGVsbG8=', 'std', 'x'], ['aGVsbG9=', 'std', 's'], ['aGVsbG8==', 'std', 's'], ['aGVs bG8=', 'std', 's'], ['aGVsbG8=aGVsbG8=', 'std', 's'], ['aG=', 'std'], ['aG=x', 'std'], ['a===', 'std'], ['a', 'rawstd'], ['=', 'std'], ['aG=\n=', 'std', 's'], ['aG==\n\n', 'std', 's'], ['aG\n', 'rawstd'], [5], [null], [undefined], ['w6nigqw=', 'std', 's'], ['/w==', 'std', 's']]) {
    tell(`decode ${JSON.stringify([text, form, format])}`, () => b64decode(text, form, format));
  }
  tell('keys', () => Object.keys(encoding).sort());
}
