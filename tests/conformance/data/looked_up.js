// What the scripts of the option `dns` ask for: a name that has several addresses, and an address.
import http from 'k6/http';
export const options = { systemTags: ['ip', 'status', 'error', 'error_code', 'proto'] };
// `remote` is what is shown of an answer's remote_ip.
export function ask(remote = (ip) => ip) {
  for (const n of [1, 2, 3]) {
    const res = http.get(`${__ENV.SECURE.replace('127.0.0.1', 'localhost')}/json`);
    console.log(n, res.status, res.error, res.error_code, res.proto, remote(res.remote_ip));
  }
  const res = http.get(`${__ENV.TARGET}/json`);
  console.log(res.status, res.error, res.error_code, res.remote_ip);
}
