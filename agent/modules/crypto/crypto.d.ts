// The types of k6/crypto: k6's own, and what they leave out.
export * from 'k6/crypto';
export { default } from 'k6/crypto';
/** Hexadecimal digits of the data's bytes. */
export function hexEncode(data: string | ArrayBuffer): string;
