// import x509 from 'k6/crypto/x509'
import { read } from 'loadctl:k6/crypto/x509';
import { goType, isData } from 'loadctl:go_types';

function readPem(encoded) {
  if (isData(encoded)) return read(encoded);
  if (encoded === undefined || encoded === null) return read('');
  throw new TypeError('could not convert function call parameter 0: could not convert ' +
    `${goType(encoded)} to []uint8`);
}

const big = (hex) => BigInt(`0x${hex}`);

function keyOf({ algorithm, numbers: [one, other] }) {
  if (algorithm === 'RSA') return { n: big(one), e: Number(big(other)) };
  return algorithm === 'ECDSA' ? { curve: {}, x: big(one), y: big(other) } : { y: big(one) };
}

const namesOf = ({ names }) => {
  const pairs = [];
  for (let i = 0; i < names.length; i += 2) pairs.push({ type: names[i], value: names[i + 1] });
  return pairs;
};

const subjectOf = (subject) => ({ ...subject, names: namesOf(subject) });

function issuerOf(issuer) {
  const { commonName, country, stateOrProvinceName, localityName, organizationName } = issuer;
  return {
    commonName, country, stateOrProvinceName, localityName, organizationName,
    names: namesOf(issuer),
  };
}

export function parse(encoded) {
  const found = readPem(encoded);
  return {
    subject: subjectOf(found.subject), issuer: issuerOf(found.issuer),
    notBefore: found.notBefore, notAfter: found.notAfter, altNames: found.altNames,
    signatureAlgorithm: found.signatureAlgorithm,
    fingerPrint: Array.from(new Uint8Array(found.fingerPrint)),
    publicKey: { algorithm: found.publicKey.algorithm, key: keyOf(found.publicKey) },
  };
}

export const getAltNames = (encoded) => readPem(encoded).altNames;
export const getIssuer = (encoded) => issuerOf(readPem(encoded).issuer);
export const getSubject = (encoded) => subjectOf(readPem(encoded).subject);

export default { parse, getAltNames, getIssuer, getSubject };
