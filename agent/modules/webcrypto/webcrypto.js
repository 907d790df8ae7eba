// The global `crypto`, for globals.js.
import { goError, randomBytes, digestOf } from 'loadctl:loadctl:webcrypto';

const kMost = 65536;
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

// What the methods of crypto.subtle reject with: k6 has no DOMException.
const failure = (name, message) => ({ name, message });

// digest(algorithm, data)
async function digest(algorithm, data) {
  const named = typeof algorithm === 'object' && algorithm !== null;
  if (!named && typeof algorithm !== 'string') {
    throw failure('SyntaxError', 'algorithm cannot be interpreted as a string or an object');
  }
  const name = named ? String(algorithm.name ?? '') : algorithm;
  if (!(data instanceof ArrayBuffer) && !ArrayBuffer.isView(data)) {
    throw failure('TypeError', 'data is neither an ArrayBuffer, nor a TypedArray nor DataView');
  }
  const made = digestOf(name.toUpperCase(), data);
  if (made !== null) return made;
  throw failure('NotSupportedError',
    `algorithm "${name}" doesn't support (in implementation) operation "digest"`);
}

const subtle = { digest };
for (const name of ['decrypt', 'deriveBits', 'deriveKey', 'encrypt', 'exportKey',
  'generateKey', 'importKey', 'sign', 'unwrapKey', 'verify', 'wrapKey']) {
  subtle[name] = () => {
    throw new Error(`crypto.subtle.${name}() is not yet supported (see docs/compatibility.md, row ` +
      '"crypto.subtle")');
  };
}

function CryptoKey() { throw new TypeError('Illegal constructor'); }

export const crypto = { getRandomValues, randomUUID, subtle, CryptoKey };
