// For other faces: what k6's messages call the type of a value that a script gave.

const kViewTypes = {
  Int8Array: '[]int8', Int16Array: '[]int16', Uint16Array: '[]uint16', Int32Array: '[]int32',
  Uint32Array: '[]uint32', Uint8Array: '[]uint8', Uint8ClampedArray: '[]uint8',
  Float32Array: '[]float32', Float64Array: '[]float64', BigInt64Array: '[]int64',
  BigUint64Array: '[]uint64',
};
const kMap = 'map[string]interface {}';

export function goType(value) {
  switch (typeof value) {
    case 'undefined': return '<nil>';
    case 'number': return Number.isSafeInteger(value) && !Object.is(value, -0) ? 'int64' : 'float64';
    case 'boolean': return 'bool';
    case 'string': return 'string';
    case 'bigint': return '*big.Int';
    case 'function': return 'func(sobek.FunctionCall) sobek.Value';
    default: break;
  }
  if (value === null) return '<nil>';
  if (Array.isArray(value) || value instanceof Set) return '[]interface {}';
  if (value instanceof Date) return 'time.Time';
  if (value instanceof Map) return '[][2]interface {}';
  return ArrayBuffer.isView(value) ? kViewTypes[value.constructor.name] ?? kMap : kMap;
}

// Whether k6/crypto and k6/encoding take it: a string, bytes, or an ArrayBuffer.
export function isData(value) {
  return typeof value === 'string' || value instanceof ArrayBuffer ||
    value instanceof Uint8Array || value instanceof Uint8ClampedArray;
}

export function refusalOf(value) {
  return `invalid type ${goType(value)}, expected string, []byte or ArrayBuffer`;
}
