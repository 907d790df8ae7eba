// samples
import http from 'k6/http';
import { attempt } from './data/answers.js';
export default function () {
  for (const name of ['broken_gzip', 'cut_gzip', 'empty_gzip']) {
    for (const responseType of ['text', 'binary', 'none']) attempt(`${name} ${responseType}`, () => http.get(`${__ENV.TARGET}/raw/${name}`, { responseType }));
  }
}
