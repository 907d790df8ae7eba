// The types of k6/crypto/x509, which k6's package leaves out.
export interface RelativeName { type: string; value: string }
export interface Issuer {
  commonName: string;
  country: string;
  stateOrProvinceName: string;
  localityName: string;
  organizationName: string;
  names: RelativeName[];
}
export interface Subject extends Issuer {
  postalCode: string;
  streetAddress: string;
  organizationalUnitName: string[];
}
export interface Certificate {
  subject: Subject;
  issuer: Issuer;
  notBefore: string;
  notAfter: string;
  altNames: string[];
  signatureAlgorithm: string;
  fingerPrint: number[];
  publicKey: { algorithm: string; key: object };
}
export function parse(encoded: string | ArrayBuffer): Certificate;
export function getAltNames(encoded: string | ArrayBuffer): string[];
export function getIssuer(encoded: string | ArrayBuffer): Issuer;
export function getSubject(encoded: string | ArrayBuffer): Subject;
declare const all: {
  parse: typeof parse;
  getAltNames: typeof getAltNames;
  getIssuer: typeof getIssuer;
  getSubject: typeof getSubject;
};
export default all;
