// import crypto, { hmac, sha256 } from 'k6/crypto'
import { newHash, newHmac, update, digest, randomBytes as random, hexEncode as hex }
  from 'loadctl:k6/crypto';
import { goError, textOf } from 'loadctl:prelude';
import { isData, refusalOf } from 'loadctl:go_types';

function checkData(data, prefix = '') { if (!isData(data)) goError(prefix + refusalOf(data)); }

function digestAs(hash, encoding) {
  const name = textOf(encoding);
  const made = digest(hash, name);
  return made === null ? goError(`invalid output encoding: ${name}`) : made;
}

function makeHash(algorithm) {
  const name = textOf(algorithm);
  return newHash(name) ?? goError(`invalid algorithm: ${name}`);
}

function makeHmac(algorithm, key) {
  const name = textOf(algorithm);
  if (newHash(name) === null) goError(`invalid algorithm: ${name}`);
  checkData(key);
  return newHmac(name, key);
}

const hasherOf = (hash) => ({
  update(data) {
    checkData(data);
    update(hash, data);
  },
  digest: (encoding) => digestAs(hash, encoding),
});

export const createHash = (algorithm) => hasherOf(makeHash(algorithm));
export const createHMAC = (algorithm, key) => hasherOf(makeHmac(algorithm, key));

export function hmac(algorithm, key, data, encoding) {
  const hash = makeHmac(algorithm, key);
  checkData(data);
  update(hash, data);
  return digestAs(hash, encoding);
}

const hasher = (name) => (data, encoding) => {
  checkData(data, `${name} failed: `);
  const hash = newHash(name);
  update(hash, data);
  return digestAs(hash, encoding);
};
export const md4 = hasher('md4');
export const md5 = hasher('md5');
export const sha1 = hasher('sha1');
export const sha256 = hasher('sha256');
export const sha384 = hasher('sha384');
export const sha512 = hasher('sha512');
export const sha512_224 = hasher('sha512_224');
export const sha512_256 = hasher('sha512_256');
export const ripemd160 = hasher('ripemd160');

export function randomBytes(size) {
  const count = Math.trunc(Number(size)) || 0;
  if (count < 1) goError('invalid size');
  return random(count);
}

export function hexEncode(data) {
  checkData(data);
  return hex(data);
}

export default {
  createHash, createHMAC, hexEncode, hmac, md4, md5, randomBytes, ripemd160, sha1, sha256, sha384,
  sha512, sha512_224, sha512_256,
};
