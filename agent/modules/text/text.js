// The globals TextEncoder and TextDecoder, for other faces (globals.js).
import { encode, label, newDecoder, decode } from 'loadctl:loadctl:text';
import { goError, textOf } from 'loadctl:prelude';

const define = (object, name, value) => Object.defineProperty(object, name, { value, enumerable: true });

export class TextEncoder {
  constructor() { define(this, 'encoding', 'utf-8'); }

  encode(text) {
    return new Uint8Array(encode(textOf(text)));
  }
}

export class TextDecoder {
  #decoder = null;  // the natives' own, once there is something to decode

  constructor(encoding, options) {
    const name = encoding === undefined || encoding === null || encoding === '' ? 'utf-8'
      : label(String(encoding));
    if (name === '') throw new RangeError(`unsupported encoding: ${String(encoding)}`);
    define(this, 'encoding', name);
    define(this, 'fatal', Boolean(options?.fatal));
    define(this, 'ignoreBOM', Boolean(options?.ignoreBOM));
  }

  decode(data, options) {
    let bytes = data === undefined || data === null ? '' : data;
    if (Array.isArray(bytes)) bytes = new Uint8Array(bytes);
    if (typeof bytes !== 'string' && !(bytes instanceof ArrayBuffer) && !ArrayBuffer.isView(bytes)) {
      goError('data is not an ArrayBuffer, typed array, or DataView');
    }
    this.#decoder ??= newDecoder(this.encoding, this.fatal, this.ignoreBOM);
    const text = decode(this.#decoder, bytes, Boolean(options?.stream));
    if (text === null) throw new TypeError('decoding text: invalid byte sequence');
    return text;
  }
}
