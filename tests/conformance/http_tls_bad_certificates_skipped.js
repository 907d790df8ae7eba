// samples
import http from 'k6/http';
import { show } from './data/answers.js';
export const options = { insecureSkipTLSVerify: true };
const KINDS = ['expired', 'future', 'elsewhere', 'nameless', 'self', 'stranger', 'incomplete', 'leaf_signed', 'client_only', 'constrained', 'short', 'sha1'];
export default function () {
  for (const kind of KINDS) show(kind, http.get(`${__ENV['BAD_' + kind.toUpperCase()]}/json`));
}
