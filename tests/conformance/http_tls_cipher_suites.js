// samples
import http from 'k6/http';
import { show } from './data/answers.js';
// The order is the program's, not the list's.
export const options = {
  insecureSkipTLSVerify: true,
  tlsVersion: 'tls1.2',
  tlsCipherSuites: ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305', 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', 'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA'],
};
export default function () {
  for (const place of ['SECURE', 'SECURE1', 'TLS12', 'BAD_SHORT', 'BAD_SELF']) show(place, http.get(`${__ENV[place]}/json`));
}
