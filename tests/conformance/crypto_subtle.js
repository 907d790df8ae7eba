// crypto.subtle: what k6 has of it, with keys that are given, so that results are alike.
import k6crypto from 'k6/crypto';
import encoding from 'k6/encoding';
const s = crypto.subtle, hex = (b) => k6crypto.hexEncode(b), text = (t) => new TextEncoder().encode(t);
const unhex = (t) => new Uint8Array(t.match(/../g).map((x) => parseInt(x, 16)));
const name = async (f) => { try { await f(); return 'no error'; } catch (e) { return e.name; } };
const key = '2b7e151628aed2a6abf7158809cf4f3c', iv = unhex('000102030405060708090a0b0c0d0e0f');
const ec = { kty: 'EC', crv: 'P-256', x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU', y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0', d: 'jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI' };
export default async function () {
  const raw = (alg, usages, k = key) => s.importKey('raw', unhex(k), alg, true, usages);
  const hmac = await raw({ name: 'hmac', hash: { name: 'sha-256' } }, ['sign', 'verify']);
  const mac = await s.sign('HMAC', hmac, text('data'));
  console.log(hex(mac), await s.verify('HMAC', hmac, mac, text('data')), await s.verify('HMAC', hmac, mac, text('other')), hmac.type, hmac.extractable, hmac.usages.join());
  console.log(hex(await s.exportKey('raw', hmac)), JSON.stringify((await s.exportKey('jwk', hmac)).k));
  for (const alg of [{ name: 'AES-CBC', iv }, { name: 'AES-CTR', counter: iv, length: 64 }, { name: 'AES-GCM', iv: iv.slice(0, 12) }]) {
    const k = await raw(alg.name, ['encrypt', 'decrypt']);
    const c = await s.encrypt(alg, k, text('some text of more than one block'));
    console.log(alg.name, hex(c), hex(await s.decrypt(alg, k, c)) === hex(text('some text of more than one block')), k.algorithm.name);
  }
  const gcm = await raw('AES-GCM', ['encrypt']);
  console.log(hex(await s.encrypt({ name: 'AES-GCM', iv: iv.slice(0, 12), additionalData: text('more'), tagLength: 96 }, gcm, text('x'))));
  const pass = await s.importKey('raw', text('password'), 'PBKDF2', false, ['deriveBits', 'deriveKey']);
  console.log(hex(await s.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt: text('salt'), iterations: 10 }, pass, 256)));
  const made = await s.deriveKey({ name: 'PBKDF2', hash: 'SHA-1', salt: text('salt'), iterations: 10 }, pass, { name: 'AES-CBC', length: 256 }, true, ['encrypt']);
  console.log(hex(await s.exportKey('raw', made)), made.usages.join());
  const own = await s.importKey('jwk', ec, { name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign']);
  const { d, ...open } = ec;
  const other = await s.importKey('jwk', open, { name: 'ECDSA', namedCurve: 'P-256' }, true, ['verify']);
  const signature = await s.sign({ name: 'ECDSA', hash: 'SHA-256' }, own, text('data'));
  console.log(signature.byteLength, await s.verify({ name: 'ECDSA', hash: { name: 'SHA-256' } }, other, signature, text('data')), hex(await s.exportKey('raw', other)), hex(await s.exportKey('spki', other)));
  const pair = await s.generateKey({ name: 'ECDH', namedCurve: 'P-384' }, true, ['deriveBits']);
  console.log(pair.publicKey.type, pair.privateKey.type, pair.privateKey.usages.join(), (await s.deriveBits({ name: 'ECDH', public: pair.publicKey }, pair.privateKey, 128)).byteLength);
  for (const alg of ['RSASSA-PKCS1-v1_5', 'RSA-PSS']) {
    const rsa = await s.generateKey({ name: alg, modulusLength: 1024, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' }, true, ['sign', 'verify']);
    const again = await s.importKey('pkcs8', await s.exportKey('pkcs8', rsa.privateKey), { name: alg, hash: 'SHA-256' }, true, ['sign']);
    const mark = await s.sign({ name: alg, saltLength: 32 }, again, text('data'));
    console.log(alg, mark.byteLength, await s.verify({ name: alg, saltLength: 32 }, rsa.publicKey, mark, text('data')), rsa.publicKey.algorithm.name);
  }
  const oaep = await s.generateKey({ name: 'RSA-OAEP', modulusLength: 1024, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-1' }, true, ['encrypt', 'decrypt']);
  const secret = await s.encrypt({ name: 'RSA-OAEP' }, oaep.publicKey, text('secret'));
  console.log(secret.byteLength, hex(await s.decrypt({ name: 'RSA-OAEP' }, oaep.privateKey, secret)) === hex(text('secret')));
  console.log(await name(() => s.sign('HMAC', gcm, text('x'))), await name(() => s.generateKey({ name: 'AES-CBC', length: 100 }, true, ['encrypt'])), await name(() => raw('AES-CBC', ['encrypt'], '00')));
  console.log(encoding.b64encode(await s.exportKey('raw', gcm)));
}
