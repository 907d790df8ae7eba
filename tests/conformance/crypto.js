import crypto, { hmac, createHash, createHMAC, sha256, md5, hexEncode, randomBytes } from 'k6/crypto';
const tell = (name, give) => { try { const v = give(); console.log(name, v instanceof ArrayBuffer ? `bytes ${Array.from(new Uint8Array(v))}` : JSON.stringify(v)); } catch (e) { console.log(name, e.name, e.message); } };
const bytes = new Uint8Array([1, 2, 255]).buffer;
export default function () {
  tell('keys', () => Object.keys(crypto).sort());
  for (const name of ['md4', 'md5', 'sha1', 'sha256', 'sha384', 'sha512', 'sha512_224', 'sha512_256', 'ripemd160']) {
    tell(name, () => [crypto[name]('hello', 'hex'), createHash(name).digest('hex'), hmac(name, 'key', 'data', 'hex')]);
    tell(`${name} parts`, () => { const h = createHMAC(name, 'k'); h.update('a'); h.update(bytes); return h.digest('base64'); });
  }
  for (const encoding of ['hex', 'base64', 'base64url', 'base64rawurl', 'binary', 'nope', '', undefined, null, 5]) {
    tell(`encoding ${encoding}`, () => md5('x?é', encoding));
    tell(`hasher ${encoding}`, () => { const h = createHash('md5'); h.update('x'); return h.digest(encoding); });
    tell(`hmac ${encoding}`, () => hmac('md5', 'k', 'x', encoding));
  }
  for (const data of [bytes, new Uint8Array([1, 2, 255]), new Uint8Array([9, 1, 2, 255]).subarray(1), [1, 2], new Uint16Array([1]), new Float32Array([1]), new DataView(bytes), null, undefined, 5, 1.5, {}, true, 'str', '', [], () => 1, new Date(0), 10n]) {
    const name = Object.prototype.toString.call(data);
    tell(`${name} hash`, () => md5(data, 'hex'));
    tell(`${name} hexEncode`, () => hexEncode(data));
    tell(`${name} key`, () => hmac('md5', data, 'x', 'hex'));
    tell(`${name} hmac`, () => hmac('md5', 'k', data, 'hex'));
    tell(`${name} update`, () => { const h = createHash('md5'); h.update(data); return h.digest('hex'); });
  }
  for (const size of [0, -1, 1, 16, 1.5, '3', 'x', undefined, null, NaN, true]) tell(`random ${size}`, () => randomBytes(size).byteLength);
  tell('bad names', () => hmac('nope', 'k', 'x', 'hex')); tell('bad names', () => createHMAC('nope', 'k')); tell('bad names', () => hmac('SHA256', 'k', 'x', 'hex')); tell('no arguments', () => hmac()); tell('no arguments', () => md5()); tell('no arguments', () => createHMAC());
  tell('after digest', () => { const h = createHash('md5'); h.update('a'); const first = h.digest('hex'); h.update('b'); return [first, h.digest('hex'), h.digest('hex') === md5('ab', 'hex')]; });
  tell('update', () => typeof createHash('md5').update('a'));
  tell('random', () => new Set(new Uint8Array(randomBytes(100))).size > 10);
  tell('long', () => [sha256('x'.repeat(1e4), 'hex'), hmac('sha256', 'k'.repeat(300), 'x', 'hex'), hmac('sha256', '', 'x', 'hex'), md5('é', 'hex')]);
}
