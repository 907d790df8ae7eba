// import { b64encode, b64decode } from 'k6/encoding'
import { encode, decode, decodeText } from 'loadctl:k6/encoding';
import { goError, textOf } from 'loadctl:prelude';
import { isData, refusalOf } from 'loadctl:go_types';

export function b64encode(data, encoding) {
  if (!isData(data)) goError(refusalOf(data));
  return encode(data, textOf(encoding));
}

export function b64decode(text, encoding, format) {
  return (textOf(format) === 's' ? decodeText : decode)(textOf(text), textOf(encoding));
}

export default { b64encode, b64decode };
