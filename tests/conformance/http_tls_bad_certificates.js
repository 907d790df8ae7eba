// environment: SSL_CERT_FILE=$CA
// samples
import http from 'k6/http';
import { show } from './data/answers.js';
const KINDS = ['expired', 'future', 'elsewhere', 'nameless', 'self', 'stranger', 'incomplete', 'leaf_signed', 'client_only', 'constrained', 'short', 'sha1'];
export default function () {
  for (const kind of KINDS) show(kind, http.get(`${__ENV['BAD_' + kind.toUpperCase()]}/json`));
  const named = (kind) => __ENV['BAD_' + kind.toUpperCase()].replace('127.0.0.1', 'localhost');
  for (const kind of ['elsewhere', 'nameless', 'constrained']) show(`${kind} by name`, http.get(`${named(kind)}/json`));
}
