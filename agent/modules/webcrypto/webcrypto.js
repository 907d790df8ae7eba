// The global `crypto`, for globals.js; algorithms.js and keys.js come before it in the same module.
import {
  agree, decryptLater, decryptNow, digestLater, digestNow, encryptLater, encryptNow, exportNumber,
  exportPkcs8, exportPoint, exportSecret, exportSpki, factsOf, generateOnCurve, generateRsa, hkdf,
  importNumbers, importPkcs8, importPoint, importSecret, importSpki, pbkdf2, publicHalf,
  randomBytes, randomSecret, secretSize, signLater, signNow, verifyLater, verifyNow,
} from 'loadctl:loadctl:webcrypto';
import { encode as base64, decode as fromBase64 } from 'loadctl:k6/encoding';
import { goError, lazily } from 'loadctl:prelude';

const kMost = 65536;
// What takes longer than handing it over is done on another thread.
const kMuchData = 65536;

const kIntegers = ['Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array',
  'Int32Array', 'Uint32Array'];
const typeName = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag).get;

function getRandomValues(array) {
  if (array === undefined || array === null) {
    throw new TypeError('Cannot convert undefined or null to object');
  }
  if (!kIntegers.includes(typeName.call(array))) {
    goError("TypeMismatchError: typedArray parameter isn't a TypedArray instance");
  }
  if (array.length > kMost) {
    goError(`QuotaExceededError: typedArray parameter is too big; maximum length is ${kMost}`);
  }
  const { buffer, byteOffset, byteLength } = array;
  new Uint8Array(buffer, byteOffset, byteLength).set(new Uint8Array(randomBytes(byteLength)));
  return array;
}

function randomUUID() {
  const bytes = new Uint8Array(randomBytes(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

// ---- crypto.subtle

async function digest(algorithm, data) {
  const name = nameOf(algorithm);
  const bytes = bytesOf(data, 'data');
  const made = await (bytes.byteLength < kMuchData ? digestNow : digestLater)(
    name.toUpperCase(), bytes);
  if (made !== null) return made;
  return fail('NotSupportedError',
    `algorithm "${name}" doesn't support (in implementation) operation "digest"`);
}

// A key that is right for what is done with it.
function keyFor(key, { name }, usage, what = 'key') {
  const held = heldOf(key);
  if (held === undefined) {
    fail('InvalidAccessError', `${what} argument does hold not a valid CryptoKey object`);
  }
  if (key.algorithm.name !== name) {
    fail('InvalidAccessError', 'algorithm name does not match key algorithm name');
  }
  if (!key.usages.includes(usage)) {
    fail('InvalidAccessError', `key does not contain the '${usage}' usage`);
  }
  return held;
}

function needsType(key, type) {
  if (key.type !== type) fail('InvalidAccessError', `the key is not a ${type} one`);
}

function cipherOf(algorithm, key) {
  const { name, given } = algorithm;
  const scheme = { name, hash: key.algorithm.hash?.name };
  if (name === 'AES-CBC') scheme.iv = bytesOf(given.iv, 'iv');
  if (name === 'AES-GCM') {
    scheme.iv = bytesOf(given.iv, 'iv');
    scheme.length = given.tagLength ?? 128;
    if (given.additionalData) scheme.more = bytesOf(given.additionalData, 'additionalData');
  }
  if (name === 'AES-CTR') {
    scheme.iv = bytesOf(given.counter, 'counter');
    scheme.length = Number(given.length);
  }
  if (name === 'RSA-OAEP' && given.label) scheme.more = bytesOf(given.label, 'label');
  return scheme;
}

// `usage` is encrypt or wrapKey, decrypt or unwrapKey: the key must have it.
async function cipher(usage, algorithm, key, data) {
  const held = keyFor(key, algorithm, usage);
  const encrypting = usage === 'encrypt' || usage === 'wrapKey';
  if (algorithm.name === 'RSA-OAEP') needsType(key, encrypting ? 'public' : 'private');
  const scheme = cipherOf(algorithm, key);
  const now = data.byteLength < kMuchData && algorithm.name !== 'RSA-OAEP';
  const run = encrypting ? (now ? encryptNow : encryptLater) : now ? decryptNow : decryptLater;
  return native('OperationError', () => run(scheme, held, data));
}

async function encrypt(algorithm, key, data) {
  return cipher('encrypt', normalized(algorithm, 'encrypt'), key, bytesOf(data, 'data'));
}

async function decrypt(algorithm, key, data) {
  return cipher('decrypt', normalized(algorithm, 'decrypt'), key, bytesOf(data, 'data'));
}

function signatureOf({ name, given }, key) {
  const scheme = { name };
  if (name === 'ECDSA') scheme.hash = hashOf(given.hash);
  else if (name !== 'Ed25519') scheme.hash = key.algorithm.hash.name;
  if (name === 'RSA-PSS') scheme.saltLength = Number(given.saltLength ?? 0);
  return scheme;
}

async function sign(algorithm, key, data) {
  const { name, given } = normalized(algorithm, 'sign');
  const bytes = bytesOf(data, 'data');
  const held = keyFor(key, { name }, 'sign');
  if (name !== 'HMAC') needsType(key, 'private');
  const run = name === 'HMAC' && bytes.byteLength < kMuchData ? signNow : signLater;
  return native('OperationError', () => run(signatureOf({ name, given }, key), held, bytes));
}

async function verify(algorithm, key, signature, data) {
  const { name, given } = normalized(algorithm, 'verify');
  const mark = bytesOf(signature, 'signature'), bytes = bytesOf(data, 'data');
  const held = keyFor(key, { name }, 'verify');
  if (name !== 'HMAC') needsType(key, 'public');
  const run = name === 'HMAC' && bytes.byteLength < kMuchData ? verifyNow : verifyLater;
  return native('OperationError',
    () => run(signatureOf({ name, given }, key), held, mark, bytes));
}

// `length`: bits; null: all that there are.
async function derived({ name, given }, key, usage, length) {
  const held = keyFor(key, { name }, usage, 'baseKey');
  if (name === 'ECDH' || name === 'X25519') return agreed(name, given, key, held, length);
  if (length === null) fail('OperationError', 'length can not be null');
  if (length === 0 && name === 'PBKDF2') fail('OperationError', 'length can not be 0');
  if (length % 8 !== 0) {
    fail('OperationError', 'currently only multiples of 8 are supported for length');
  }
  const hash = hashOf(given.hash), salt = bytesOf(given.salt, 'salt');
  if (name === 'HKDF') {
    const info = bytesOf(given.info, 'info');
    return native('OperationError', () => hkdf(held, hash, salt, info, length / 8));
  }
  const iterations = Math.trunc(Number(given.iterations)) || 0;
  return native('OperationError', () => pbkdf2(held, hash, salt, iterations, length / 8));
}

async function agreed(name, given, key, held, length) {
  needsType(key, 'private');
  const other = heldOf(given.public);
  if (other === undefined) fail('InvalidAccessError', 'the other key is no CryptoKey');
  needsType(given.public, 'public');
  if (given.public.algorithm.name !== name ||
      given.public.algorithm.namedCurve !== key.algorithm.namedCurve) {
    fail('InvalidAccessError', 'the keys are of different algorithms or curves');
  }
  const secret = await native('OperationError', () => agree(held, other));
  if (length === null) return secret;
  if (length > secret.byteLength * 8) fail('OperationError', 'length is too large');
  const bytes = new Uint8Array(secret.slice(0, Math.ceil(length / 8)));
  if (length % 8 !== 0) bytes[bytes.length - 1] &= 0xff << (8 - (length % 8));
  return bytes.buffer;
}

async function deriveBits(algorithm, baseKey, length) {
  const bits = length === undefined || length === null ? null : Math.trunc(Number(length)) || 0;
  return derived(normalized(algorithm, 'deriveBits'), baseKey, 'deriveBits', bits);
}

async function deriveKey(algorithm, baseKey, derivedKeyType, extractable, usages) {
  const how = normalized(algorithm, 'deriveBits');
  const what = normalized(derivedKeyType, 'importKey');
  const secret = await derived(how, baseKey, 'deriveKey', secretBits(what));
  return importRaw(what, secret, Boolean(extractable), usagesOf(usages, what.name));
}

async function wrapKey(format, key, wrappingKey, wrapAlgorithm) {
  const how = normalized(wrapAlgorithm, 'wrapKey');
  const exported = await exportKey(format, key);
  const bytes = format === 'jwk'
    ? new (lazily('loadctl:text').TextEncoder)().encode(JSON.stringify(exported)) : exported;
  return cipher('wrapKey', how, wrappingKey, padded(how, format, bytes));
}

// AES-KW wraps whole blocks of 8 bytes; JSON may end in spaces.
function padded({ name }, format, bytes) {
  if (name !== 'AES-KW' || format !== 'jwk' || bytes.byteLength % 8 === 0) return bytes;
  const longer = new Uint8Array(bytes.byteLength + 8 - (bytes.byteLength % 8)).fill(0x20);
  longer.set(bytes);
  return longer;
}

async function unwrapKey(format, wrappedKey, unwrappingKey, unwrapAlgorithm, keyAlgorithm,
  extractable, usages) {
  const how = normalized(unwrapAlgorithm, 'unwrapKey');
  const bytes = await cipher('unwrapKey', how, unwrappingKey, bytesOf(wrappedKey, 'wrappedKey'));
  let data = bytes;
  if (format === 'jwk') {
    try {
      data = JSON.parse(new (lazily('loadctl:text').TextDecoder)().decode(bytes));
    } catch {
      fail('DataError', 'the wrapped key is no JSON Web Key');
    }
  }
  return importKey(format, data, keyAlgorithm, extractable, usages);
}

const subtle = {
  decrypt, deriveBits, deriveKey, digest, encrypt, exportKey, generateKey, importKey, sign,
  unwrapKey, verify, wrapKey,
};

export const crypto = { getRandomValues, randomUUID, subtle, CryptoKey };
