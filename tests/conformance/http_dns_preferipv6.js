// flags: --dns ttl=inf,select=roundRobin,policy=preferIPv6
// environment: SSL_CERT_FILE=$CA
// samples
import http from 'k6/http';
export const options = { systemTags: ['ip', 'status', 'error', 'error_code', 'proto'] };
export default function () {
  for (const n of [1, 2, 3]) {
    const res = http.get(`${__ENV.SECURE.replace('127.0.0.1', 'localhost')}/json`);
    console.log(n, res.status, res.error, res.error_code, res.proto, res.remote_ip);
  }
  const res = http.get(`${__ENV.TARGET}/json`);
  console.log(res.status, res.error, res.error_code, res.remote_ip);
}
