import http from 'k6/http';
// blockHostnames and blacklistIPs: codes, texts and tags.
export const options = { blockHostnames: ['blocked.test', '*.wild.test'], blacklistIPs: ['10.0.0.0/8', '192.168.1.0/24'],
  hosts: { 'mapped.test': '10.1.2.3' }, thresholds: { 'http_reqs{error_code:1110}': ['count==3'], 'http_reqs{error_code:1111}': ['count==3'] } };
export default function () {
  for (const host of ['blocked.test', 'BLOCKED.test', 'a.wild.test', '10.0.0.1', '192.168.1.9:81', 'mapped.test']) {
    const res = http.get(`http://${host}/`, { timeout: '3s' });
    console.log(host, res.status, res.error_code, res.error, res.body === null, res.remote_ip);
  }
}
