// The face of `crypto`: keys, making, importing and exporting them.

let heldOf;  // the natives' key behind a CryptoKey; undefined for everything else

class KeyObject {
  #held;

  static {
    heldOf = (key) => (typeof key === 'object' && key !== null && #held in key ? key.#held
      : undefined);
  }

  constructor(held, type, extractable, algorithm, usages) {
    this.#held = held;
    for (const [name, value] of Object.entries({ type, extractable, algorithm, usages })) {
      Object.defineProperty(this, name, { value, enumerable: true });
    }
  }
}

function CryptoKey() { throw new TypeError('Illegal constructor'); }
CryptoKey.prototype = KeyObject.prototype;
Object.defineProperty(CryptoKey.prototype, 'constructor', { value: CryptoKey });

function needsUsages(usages) {
  if (usages.length > 0) return;
  fail('SyntaxError', 'usages cannot not be empty for a secret or private CryptoKey');
}

// The algorithm of a key that holds numbers: what its facts say and its parameters ask for.
function pairAlgorithm({ name, given, kind }, held) {
  const facts = factsOf(held);
  if (kind === 'rsa') {
    if (facts.kind !== 'RSA') fail('DataError', 'the key is no RSA key');
    return {
      name, modulusLength: facts.bits,
      publicExponent: new Uint8Array(exportNumber(held, 'e')), hash: { name: hashOf(given.hash) },
    };
  }
  const curve = kind === 'ec' ? curveOf({ given }) : name;
  if (facts.kind !== curve) fail('DataError', `the key is on the curve ${facts.kind}`);
  return kind === 'ec' ? { name, namedCurve: curve } : { name };
}

function publicKey(how, held, extractable, usages) {
  const allowed = usages.every((usage) => kPublicUsages.includes(usage));
  if (!allowed) fail('SyntaxError', 'a public key is not for these usages');
  return new KeyObject(held, 'public', extractable, pairAlgorithm(how, held), usages);
}

function privateKey(how, held, extractable, usages) {
  needsUsages(usages);
  if (usages.some((usage) => kPublicUsages.includes(usage))) {
    fail('SyntaxError', 'a private key is not for these usages');
  }
  return new KeyObject(held, 'private', extractable, pairAlgorithm(how, held), usages);
}

// ---- making

async function generatePair(how, extractable, usages) {
  const { name, given, kind } = how;
  const make = () => {
    if (kind === 'okp') return generateOnCurve(name);
    if (kind === 'ec') return generateOnCurve(curveOf(how));
    hashOf(given.hash);
    const exponent = new Uint8Array(bytesOf(given.publicExponent, 'publicExponent'));
    const value = exponent.reduce((sum, byte) => sum * 256 + byte, 0);
    if (value < 3 || value % 2 === 0 || value > 0xffffffff) {
      fail('OperationError', 'invalid public exponent');
    }
    return generateRsa(Math.trunc(Number(given.modulusLength)) || 0, value);
  };
  if (kind === 'ec') curveOf(how);
  const held = await make();
  const ofPublic = usages.filter((usage) => kPublicUsages.includes(usage));
  const ofPrivate = usages.filter((usage) => !kPublicUsages.includes(usage));
  return {
    privateKey: privateKey(how, held, extractable, ofPrivate),
    publicKey: publicKey(how, publicHalf(held), true, ofPublic),
  };
}

function secretAlgorithm({ name, given, kind }, held) {
  const length = secretSize(held) * 8;
  if (kind === 'password') return { name };
  return kind === 'aes' ? { name, length } : { name, hash: { name: hashOf(given.hash) }, length };
}

async function generateKey(algorithm, extractable, usages) {
  const how = normalized(algorithm, 'generateKey');
  const wanted = usagesOf(usages, how.name);
  if (how.kind === 'aes' || how.kind === 'hmac') {
    needsUsages(wanted);
    const bits = secretBits(how);
    const held = await native('OperationError', () => randomSecret(Math.ceil(bits / 8)));
    return new KeyObject(held, 'secret', Boolean(extractable), secretAlgorithm(how, held), wanted);
  }
  try {
    return await generatePair(how, Boolean(extractable), wanted);
  } catch (error) {
    if (error instanceof Error) fail('OperationError', error.message);
    throw error;
  }
}

// ---- importing

function importRaw(how, data, extractable, usages) {
  const held = importSecret(data);
  const bits = secretSize(held) * 8;
  needsUsages(usages);
  if (how.kind === 'aes' && ![128, 192, 256].includes(bits)) {
    fail('DataError', `invalid key length ${bits / 8} bytes`);
  }
  if (how.kind === 'hmac' && bits === 0) fail('DataError', 'the key is empty');
  if (how.kind === 'password' && extractable) {
    fail('SyntaxError', 'the key may not be extractable');
  }
  return new KeyObject(held, 'secret', extractable, secretAlgorithm(how, held), usages);
}

const kNumbers = ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi', 'x', 'y'];

async function importJwk(how, jwk, extractable, usages) {
  if (typeof jwk !== 'object' || jwk === null) fail('DataError', 'the key is no JSON Web Key');
  if (jwk.ext === false && extractable) fail('DataError', 'the key may not be extractable');
  if (Array.isArray(jwk.key_ops) && !usages.every((usage) => jwk.key_ops.includes(usage))) {
    fail('DataError', 'the key is not for these usages');
  }
  const bytes = (text) => fromBase64(String(text).replace(/=+$/, ''), 'rawurl');
  const kinds = { aes: 'oct', hmac: 'oct', rsa: 'RSA', ec: 'EC', okp: 'OKP' };
  if (jwk.kty !== kinds[how.kind]) fail('DataError', `the key's type is not ${kinds[how.kind]}`);
  if (jwk.kty === 'oct') {
    const secret = await native('DataError', () => bytes(jwk.k));
    return importRaw(how, secret, extractable, usages);
  }
  const numbers = { kty: jwk.kty, crv: jwk.crv === undefined ? undefined : String(jwk.crv) };
  const held = await native('DataError', () => {
    for (const name of kNumbers) if (jwk[name] !== undefined) numbers[name] = bytes(jwk[name]);
    return importNumbers(numbers);
  });
  return (numbers.d === undefined ? publicKey : privateKey)(how, held, extractable, usages);
}

async function importKey(format, data, algorithm, extractable, usages) {
  const how = normalized(algorithm, 'importKey');
  const wanted = usagesOf(usages, how.name);
  const keep = Boolean(extractable);
  const pair = how.kind === 'rsa' || how.kind === 'ec' || how.kind === 'okp';
  if (format === 'jwk' && how.kind !== 'password') return importJwk(how, data, keep, wanted);
  if (format === 'raw' && !pair) return importRaw(how, bytesOf(data, 'keyData'), keep, wanted);
  if (format === 'raw' && how.kind !== 'rsa') {
    const curve = how.kind === 'ec' ? curveOf(how) : how.name;
    const held = await native('DataError', () => importPoint(curve, bytesOf(data, 'keyData')));
    return publicKey(how, held, keep, wanted);
  }
  if (pair && (format === 'spki' || format === 'pkcs8')) {
    const bytes = bytesOf(data, 'keyData');
    const held = await native('DataError',
      () => (format === 'spki' ? importSpki : importPkcs8)(bytes));
    return (format === 'spki' ? publicKey : privateKey)(how, held, keep, wanted);
  }
  return fail('NotSupportedError', `unsupported key format ${String(format)}`);
}

// ---- exporting

const kHashNumbers = { 'SHA-1': '1', 'SHA-256': '256', 'SHA-384': '384', 'SHA-512': '512' };

// The `alg` of a JSON Web Key.
function jwkAlgorithm({ name, length, hash }) {
  const number = kHashNumbers[hash?.name];
  if (name.startsWith('AES-')) return `A${length}${name.slice(4)}`;
  if (name === 'HMAC') return `HS${number}`;
  if (name === 'RSASSA-PKCS1-v1_5') return `RS${number}`;
  if (name === 'RSA-PSS') return `PS${number}`;
  if (name === 'RSA-OAEP') return number === '1' ? 'RSA-OAEP' : `RSA-OAEP-${number}`;
  return undefined;
}

function exportJwk(key, held) {
  const { kind } = kAlgorithms[key.algorithm.name];
  const jwk = { kty: { rsa: 'RSA', ec: 'EC', okp: 'OKP' }[kind] ?? 'oct' };
  if (jwk.kty === 'oct') {
    jwk.k = base64(exportSecret(held), 'rawurl');
  } else {
    if (jwk.kty !== 'RSA') jwk.crv = key.algorithm.namedCurve ?? key.algorithm.name;
    const secret = ['d', 'p', 'q', 'dp', 'dq', 'qi'];
    const names = { RSA: ['n', 'e', ...secret], EC: ['x', 'y', 'd'], OKP: ['x', 'd'] }[jwk.kty];
    for (const name of names) {
      if (key.type === 'public' && secret.includes(name)) continue;
      jwk[name] = base64(exportNumber(held, name), 'rawurl');
    }
  }
  const alg = jwkAlgorithm(key.algorithm);
  if (alg !== undefined) jwk.alg = alg;
  return { ...jwk, ext: key.extractable, key_ops: [...key.usages] };
}

async function exportKey(format, key) {
  const held = heldOf(key);
  if (held === undefined) fail('InvalidAccessError', 'key is not an object');
  const { name } = key.algorithm;
  if (!kAlgorithms[name].can.includes('exportKey')) {
    fail('NotSupportedError', `unsupported algorithm ${name}`);
  }
  if (!key.extractable) fail('InvalidAccessError', 'the key is not extractable');
  const needs = (type) => {
    if (key.type !== type) fail('InvalidAccessError', `the key is not a ${type} one`);
  };
  return native('OperationError', () => {
    if (format === 'jwk') return exportJwk(key, held);
    if (format === 'raw' && key.type === 'secret') return exportSecret(held);
    if (format === 'raw' && kAlgorithms[name].kind !== 'rsa') {
      needs('public');
      return exportPoint(held);
    }
    if (format === 'spki' && key.type !== 'secret') {
      needs('public');
      return exportSpki(held);
    }
    if (format === 'pkcs8' && key.type !== 'secret') {
      needs('private');
      return exportPkcs8(held);
    }
    return fail('NotSupportedError', `unsupported key format ${String(format)}`);
  });
}
