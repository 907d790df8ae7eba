// samples
import http from 'k6/http';
import { show } from './data/answers.js';
export const options = { insecureSkipTLSVerify: true, tlsVersion: { min: http.TLS_1_1, max: http.TLS_1_2 } };
export default function () {
  for (const place of ['SECURE', 'TLS12', 'TLS13']) show(place, http.get(`${__ENV[place]}/json`));
}
