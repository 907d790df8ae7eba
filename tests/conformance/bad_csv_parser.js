import { open } from 'k6/experimental/fs';
import csv from 'k6/experimental/csv';
const parser = new csv.Parser(await open('./data/bad/bare.csv'));
export default async () => {
  console.log((await parser.next()).value.join('|'));
  try { await parser.next(); } catch (error) { console.log('refused', String(error).includes('bare " in non-quoted-field')); }
};
