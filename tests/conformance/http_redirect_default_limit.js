// samples
import http from 'k6/http';
import { attempt } from './data/answers.js';
export default function () {
  for (const n of [10, 11, 15]) attempt(`${n}`, () => http.get(`${__ENV.TARGET}/redirect/${n}`));
}
