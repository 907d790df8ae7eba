// For the faces of k6/experimental/fs and csv: the class File, and what is behind one.
import { openFile, readFile, sizeOf } from 'loadctl:loadctl:files';

export const SeekMode = { Start: 0, Current: 1, End: 2 };

// The errors of the module: objects with k6's names.
function failure(name, message) {
  const error = new Error(message);
  Object.defineProperty(error, 'name', { value: name });
  return error;
}

function integer(value, what) {
  if (value === undefined || value === null) {
    throw failure('TypeError', `seek() failed; reason: the ${what} argument cannot be null or undefined`);
  }
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw failure('TypeError', `seek() failed; reason: the ${what} argument must be an integer`);
  }
  return value;
}

// The natives' file and its position, for csv.js; undefined for everything else.
export let contentOf;

class File {
  #content;
  #size;
  #at = 0;

  static {
    contentOf = (file) => (typeof file === 'object' && file !== null && #content in file
      ? { content: file.#content, path: file.path, at: file.#at } : undefined);
  }

  constructor(path, content) {
    this.path = path;
    this.#content = content;
    this.#size = sizeOf(content);
  }

  stat = async () => ({ name: this.path.slice(this.path.lastIndexOf('/') + 1), size: this.#size });

  read = async (into) => {
    if (into === undefined || into === null) {
      throw failure('TypeError', 'read() failed; reason: into argument cannot be null or undefined');
    }
    if (!(into instanceof Uint8Array)) {
      throw failure('TypeError', 'read() failed; reason: into argument must be a Uint8Array');
    }
    if (this.#at >= this.#size) return null;
    const bytes = new Uint8Array(readFile(this.#content, this.#at, into.length));
    into.set(bytes);
    this.#at += bytes.length;
    return bytes.length;
  };

  seek = async (offset, whence) => {
    const by = integer(offset, 'offset'), mode = integer(whence, 'whence');
    let to = by;
    if (mode === SeekMode.Start) {
      if (by < 0) {
        throw failure('TypeError', 'offset cannot be negative when using SeekModeStart');
      }
    } else if (mode === SeekMode.Current) {
      to = this.#at + by;
    } else if (mode === SeekMode.End) {
      if (by > 0) throw failure('TypeError', 'offset cannot be positive when using SeekModeEnd');
      to = this.#size - 1 + by;
    } else {
      throw failure('TypeError', 'seek() failed; reason: the whence argument must be a SeekMode');
    }
    if (to < 0) throw failure('TypeError', 'seeking before start of file');
    if (to > this.#size) throw failure('TypeError', 'seeking beyond end of file');
    this.#at = to;
    return to;
  };
}

export async function open(path, inInit) {
  if (!inInit) {
    throw failure('ForbiddenError',
      'open() failed; reason: opening a file is allowed only in the Init context');
  }
  if (path === undefined || path === null) {
    throw failure('TypeError', 'open() failed; reason: path cannot be null or undefined');
  }
  const text = String(path);
  if (text === '') throw failure('TypeError', 'open() failed; reason: path cannot be empty');
  let opened;
  try {
    opened = openFile(text);
  } catch (error) {
    if (error.message.includes('directories')) {
      throw failure('InvalidResourceError',
        `cannot open ${JSON.stringify(text)}: opening a directory is not supported`);
    }
    // It is there, but cannot be read: the reason is told as it is.
    if (error.message.startsWith('reading ')) throw failure('InvalidResourceError', error.message);
    throw failure('NotFoundError', `no such file or directory ${JSON.stringify(text)}`);
  }
  return new File(opened.path, opened.content);
}
