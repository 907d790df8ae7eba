// import csv from 'k6/experimental/csv'
import { columnsOf, namesOf, newReader, nextRow, parseAll, rowAt, rowsIn } from 'loadctl:k6/experimental/csv';
import { inInit } from 'loadctl:k6/data';
import { contentOf } from 'loadctl:files';
import { goError, withoutNew } from 'loadctl:prelude';
import { view } from 'loadctl:shared_view';

const kNoFile = 'first argument expected to be a fs.File instance';

// What the script gave, as the natives take it.
function optionsOf(given) {
  const options = {};
  if (given === undefined || given === null) return options;
  const whole = (value) => Math.trunc(Number(value)) || 0;
  const { delimiter, skipFirstLine, fromLine, toLine, asObjects } = given;
  if (delimiter !== undefined) options.delimiter = String(delimiter);
  if (skipFirstLine !== undefined) options.skipFirstLine = Boolean(skipFirstLine);
  if (fromLine !== undefined) options.fromLine = whole(fromLine);
  if (toLine !== undefined) options.toLine = whole(toLine);
  if (asObjects !== undefined) options.asObjects = Boolean(asObjects);
  return options;
}

const named = (names, row) => Object.fromEntries(row.map((text, i) => [names[i], text]));

// All rows: the file's text and where they begin are there once for all VUs of the process.
export async function parse(file, options) {
  const found = contentOf(file) ?? goError(kNoFile);
  const given = optionsOf(options);
  const key = `csv.parse.${JSON.stringify([found.path, found.at, given])}`;
  const rows = await parseAll(found.content, found.at, given, key);
  const names = namesOf(rows);
  const at = (index) => rowAt(rows, index);
  return view(rowsIn(rows), names === null ? at : (index) => named(names, at(index)));
}

class RowParser {
  #reader;
  #columns;

  constructor(file, options) {
    if (!inInit()) goError('csv Parser constructor must be called in the init context');
    if (file === undefined || file === null) {
      goError('csv Parser constructor takes at least one non-nil source argument');
    }
    const found = contentOf(file) ?? goError(kNoFile);
    this.#reader = newReader(found.content, found.at, optionsOf(options));
    this.#columns = columnsOf(this.#reader);
  }

  next = async () => {
    const row = nextRow(this.#reader);
    if (row === null) return { done: true, value: [] };
    if (this.#columns === null) return { done: false, value: row };
    return { done: false, value: named(this.#columns, row) };
  };
}

export const Parser = withoutNew(RowParser, 'Parser');
export default { parse, Parser };
