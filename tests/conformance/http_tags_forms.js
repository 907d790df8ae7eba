// samples
import http from 'k6/http';
import { attempt } from './data/answers.js';
export default function () {
  const url = `${__ENV.TARGET}/json`;
  const tags = [{ a: 'b' }, { a: 1 }, { a: 1.5 }, { a: true }, { a: '' }, { a: null }, { a: undefined }, { a: {} }, { a: [] }, { a: () => 1 }, 'text', 5, null, { name: 'n' }, { url: 'u' }, { status: '5' }, { method: 'M' }, { group: 'g' }, { scenario: 's' }, { proto: 'p' }, { name: '' }, { '': 'x' }, { 'ü': 'ä' }];
  for (const one of tags) attempt(JSON.stringify(one), () => http.get(url, { tags: one }));
}
