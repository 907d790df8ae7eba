// import { b64encode, b64decode } from 'k6/encoding'
import { encode, decode } from 'loadctl:k6/encoding';
import { goError, isData, refusalOf } from 'loadctl:go_types';

const textOf = (value) => (value === undefined || value === null ? '' : String(value));

export function b64encode(data, encoding) {
  if (!isData(data)) goError(refusalOf(data));
  return encode(data, textOf(encoding));
}

export function b64decode(text, encoding, format) {
  return decode(textOf(text), textOf(encoding), textOf(format) === 's');
}

export default { b64encode, b64decode };
