import { open } from 'k6/experimental/fs';
import csv from 'k6/experimental/csv';
const rows = await csv.parse(await open('./data/bad/quote.csv'));
export default () => console.log(rows.length);
