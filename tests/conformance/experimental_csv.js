// k6/experimental/fs and csv: files and rows that VUs share.
import csv from 'k6/experimental/csv';
import { open as openFile, SeekMode } from 'k6/experimental/fs';
const file = await openFile('./data/rows.csv');
const rows = await csv.parse(await openFile('./data/rows.csv'), { delimiter: ',', skipFirstLine: true });
const objects = await csv.parse(await openFile('./data/rows.csv'), { asObjects: true });
const some = await csv.parse(await openFile('./data/rows.csv'), { fromLine: 1, toLine: 2 });
const parser = new csv.Parser(await openFile('./data/rows.csv'), { skipFirstLine: true });
const kept = new csv.Parser(await openFile('./data/rows.csv'), { asObjects: true });
const why = async (f) => { try { await f(); return 'no error'; } catch (e) { return `${e.name}: ${e.message}`; } };
const missing = await why(() => openFile('./data/none.csv'));
const nothing = await why(() => openFile(''));
export default async function () {
  console.log(rows.length, JSON.stringify(rows[0]), JSON.stringify(rows[2]), some.length, JSON.stringify(some[0]));
  console.log(objects.length, JSON.stringify(Object.entries(objects[1]).sort()));
  const first = await parser.next(), second = await parser.next();
  console.log(first.done, first.value.join('|'), second.value.join('|'), JSON.stringify(await parser.next()), JSON.stringify(await parser.next()));
  console.log(JSON.stringify(Object.entries((await kept.next()).value).sort()));
  const { name, size } = await file.stat();
  const buffer = new Uint8Array(10);
  console.log(name, size, await file.read(buffer), String.fromCharCode(...buffer), await file.seek(0, SeekMode.Start), await file.seek(-4, SeekMode.End), await file.read(buffer), await file.read(buffer));
  console.log(nothing, missing.split(' "')[0], await why(() => openFile('./data/rows.csv')), await why(() => file.read('x')), await why(() => file.seek(-1, SeekMode.Start)), await why(() => file.seek(1e6, SeekMode.Current)), await why(() => file.seek(0, 7)));
}
