// The face of `crypto`: names of algorithms, what they can, and their parameters.

// What the methods of crypto.subtle reject with: k6 has no DOMException.
function fail(name, message) { throw { name, message }; }

// What natives throw, under a name of the standard.
async function native(name, run) {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return fail(name, error.message);
  }
}

const kAes = {
  usages: ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey'], kind: 'aes',
  can: ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey', 'generateKey', 'importKey', 'exportKey'],
};
const kSigning = {
  usages: ['sign', 'verify'], can: ['sign', 'verify', 'generateKey', 'importKey', 'exportKey'],
};
const kDeriving = {
  usages: ['deriveKey', 'deriveBits'],
  can: ['deriveBits', 'generateKey', 'importKey', 'exportKey'],
};
const kPassword = { ...kDeriving, kind: 'password', can: ['deriveBits', 'importKey'] };
const kAlgorithms = {
  'AES-CBC': kAes, 'AES-CTR': kAes, 'AES-GCM': kAes,
  'AES-KW': { ...kAes, usages: ['wrapKey', 'unwrapKey'],
    can: ['wrapKey', 'unwrapKey', 'generateKey', 'importKey', 'exportKey'] },
  HMAC: { ...kSigning, kind: 'hmac' },
  'RSASSA-PKCS1-v1_5': { ...kSigning, kind: 'rsa' },
  'RSA-PSS': { ...kSigning, kind: 'rsa' },
  'RSA-OAEP': { ...kAes, kind: 'rsa' },
  ECDSA: { ...kSigning, kind: 'ec' },
  ECDH: { ...kDeriving, kind: 'ec' },
  Ed25519: { ...kSigning, kind: 'okp' },
  X25519: { ...kDeriving, kind: 'okp' },
  HKDF: kPassword, PBKDF2: kPassword,
};
// Of a pair, what its public half is for.
const kPublicUsages = ['verify', 'encrypt', 'wrapKey'];
const kCurves = ['P-256', 'P-384', 'P-521'];
const kHashes = ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'];
const kHmacBits = { 'SHA-1': 512, 'SHA-256': 512, 'SHA-384': 1024, 'SHA-512': 1024 };

function nameOf(algorithm) {
  if (typeof algorithm === 'string') return algorithm;
  if (typeof algorithm !== 'object' || algorithm === null) {
    fail('SyntaxError', 'algorithm cannot be interpreted as a string or an object');
  }
  return String(algorithm.name ?? '');
}

// The algorithm under its right name, with what was given besides.
function normalized(algorithm, operation) {
  const given = nameOf(algorithm);
  const name = Object.keys(kAlgorithms).find((one) => one.toUpperCase() === given.toUpperCase());
  if (name === undefined || !kAlgorithms[name].can.includes(operation)) {
    fail('NotSupportedError',
      `algorithm "${given}" doesn't support (in implementation) operation "${operation}"`);
  }
  return { name, given: typeof algorithm === 'object' ? algorithm : {}, ...kAlgorithms[name] };
}

function hashOf(hash) {
  if (hash === undefined || hash === null) fail('TypeError', 'hash is missing');
  const given = nameOf(hash).toUpperCase();
  if (!kHashes.includes(given)) fail('NotSupportedError', `unsupported hash: ${nameOf(hash)}`);
  return given;
}

function curveOf({ given }) {
  if (!kCurves.includes(given.namedCurve)) {
    fail('NotSupportedError', `unsupported elliptic curve: ${given.namedCurve}`);
  }
  return given.namedCurve;
}

function bytesOf(data, what) {
  if (data instanceof ArrayBuffer || ArrayBuffer.isView(data)) return data;
  return fail('TypeError', `${what} is neither an ArrayBuffer, nor a TypedArray nor DataView`);
}

function usagesOf(usages, name) {
  if (usages !== undefined && usages !== null && !Array.isArray(usages)) {
    fail('TypeError', 'usages are no array');
  }
  const all = [...new Set(Array.from(usages ?? [], String))];
  for (const usage of all) {
    if (!kAlgorithms[name].usages.includes(usage)) {
      fail('SyntaxError', `invalid key usage: ${usage}`);
    }
  }
  return all;
}

// Bits of the secret that a derived key of the algorithm has; null: as many as there are.
function secretBits({ name, given, kind }) {
  if (kind === 'aes') return aesBits(given);
  if (kind === 'password') return null;
  if (kind !== 'hmac') fail('NotSupportedError', `a ${name} key cannot be derived`);
  if (given.length === undefined) return kHmacBits[hashOf(given.hash)];
  return Math.trunc(Number(given.length)) || fail('OperationError', "algorithm's length cannot be 0");
}

function aesBits({ length }) {
  if (length !== 128 && length !== 192 && length !== 256) {
    fail('OperationError', 'invalid key length');
  }
  return length;
}
