// flags: --dns ttl=inf,select=roundRobin,policy=preferIPv6
// environment: SSL_CERT_FILE=$CA
// samples
import { ask } from './data/looked_up.js';
export { options } from './data/looked_up.js';
export default function () { ask(); }
