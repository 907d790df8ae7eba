// samples
import http from 'k6/http';
import { attempt } from './data/answers.js';
export const options = { maxRedirects: 3 };
export default function () {
  for (const n of [1, 3, 4, 6]) attempt(`${n}`, () => http.get(`${__ENV.TARGET}/redirect/${n}`));
  for (const redirects of [0, 1, 4, 20, -1, '2', 2.7, null, undefined]) attempt(`redirects ${redirects}`, () => http.get(`${__ENV.TARGET}/redirect/3`, { redirects }));
}
