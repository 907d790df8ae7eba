// import { Rows } from 'loadctl/data': rows for iterations, each VU's own or the whole test's.
import { claim, columnsOf, counterOf, indexOf, ownedOf, rowAt, rowsIn } from 'loadctl:loadctl/data';
import { inInit } from 'loadctl:k6/data';
import { abort, phase } from 'loadctl:k6/execution';
import { contentOf } from 'loadctl:files';
import { goError, textOf, withoutNew } from 'loadctl:prelude';

const kIteration = 2;
const kPicks = ['unique', 'sequential', 'random'];
const kEnds = ['stop', 'wrap'];
const kOfFiles = ['delimiter', 'asObjects', 'skipFirstLine'];

function oneOf(values, given, what) {
  if (values.includes(given)) return given;
  const list = values.map((value) => `'${value}'`);
  goError(`${what} is ${list.slice(0, -1).join(', ')} or ${list.at(-1)}, not ${textOf(given)}`);
  return undefined;
}

function optionsOf(given, ofFile) {
  if (given === undefined || given === null) return { pick: 'unique', atEnd: 'stop', csv: {} };
  if (typeof given !== 'object') goError('the options of Rows are an object');
  const { pick = 'unique', atEnd, ...rest } = given;
  oneOf(kPicks, pick, 'pick');
  if (atEnd !== undefined) oneOf(kEnds, atEnd, 'atEnd');
  if (atEnd !== undefined && pick === 'random') goError("atEnd is for 'unique' and 'sequential': random rows have no end");
  for (const key of Object.keys(rest)) {
    if (!kOfFiles.includes(key)) goError(`Rows has no option ${key}`);
    if (!ofFile) goError(`${key} is for rows of a file`);
  }
  return { pick, atEnd: atEnd ?? 'stop', csv: rest };
}

// What is behind a source: how many rows, and how one is made when it is read.
function rowsOfArray(array) {
  return { length: array.length, at: (index) => array[index] };
}

function rowsOfFile(file, given) {
  const options = {};
  if (given.delimiter !== undefined) options.delimiter = String(given.delimiter);
  if (given.asObjects !== undefined) options.asObjects = Boolean(given.asObjects);
  if (given.skipFirstLine !== undefined) options.skipFirstLine = Boolean(given.skipFirstLine);
  const index = indexOf(file.content, file.at, options);
  const columns = columnsOf(index);
  return {
    length: rowsIn(index),
    at(place) {
      const row = rowAt(index, place);
      if (columns === null) return row;
      return Object.fromEntries(row.map((text, i) => [columns[i], text]));
    },
  };
}

class RowSource {
  #name;
  #rows;
  #pick;
  #wrap;
  #counter;
  #next = 0;

  constructor(name, source, options) {
    if (!inInit()) goError('new Rows must be called in the init context');
    const key = name === undefined || name === null ? '' : textOf(name);
    if (key === '') goError("empty name provided to Rows's constructor");
    const file = contentOf(source);
    if (file === undefined && !Array.isArray(source)) {
      goError("rows are those of an array, a SharedArray or a file of k6/experimental/fs");
    }
    const { pick, atEnd, csv } = optionsOf(options, file !== undefined);
    this.#name = key;
    this.#rows = file === undefined ? rowsOfArray(source) : rowsOfFile(file, csv);
    if (this.#rows.length === 0) goError(`Rows "${key}" has no rows`);
    this.#pick = pick;
    this.#wrap = atEnd === 'wrap';
    this.#counter = counterOf(key);
  }

  get length() { return this.#rows.length; }

  at(index) {
    const whole = Math.trunc(Number(index)) || 0;
    const place = whole < 0 ? whole + this.length : whole;
    return place >= 0 && place < this.length ? this.#rows.at(place) : undefined;
  }

  next() {
    if (phase() !== kIteration) goError('next() gives rows to iterations only');
    const place = this.#choose();
    if (place < 0) {
      abort(`Rows "${this.#name}": ${this.#share()} rows are used up`);
      return undefined;
    }
    return this.#rows.at(place);
  }

  #share() {
    const owned = this.#pick === 'unique' ? ownedOf(this.#counter, this.length) : this.length;
    return owned < this.length ? `this agent's ${owned} of ${this.length}` : `all ${this.length}`;
  }

  #choose() {
    const { length } = this;
    if (this.#pick === 'random') return Math.floor(Math.random() * length);
    if (this.#pick === 'unique') return claim(this.#counter, length, this.#wrap);
    if (this.#next < length) return this.#next++;
    if (!this.#wrap) return -1;
    this.#next = 1;
    return 0;
  }
}

export const Rows = withoutNew(RowSource, 'Rows');
export default { Rows };
