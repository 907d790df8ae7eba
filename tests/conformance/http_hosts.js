import http from 'k6/http';
const at = __ENV.TARGET.replace('http://', '');
const [address, port] = at.split(':');
export const options = {
  hosts: { 'exact.test:8080': at, '*.shop.test': address, 'UPPER.test': at, '*.both.test': '127.0.0.9:1', 'very.both.test': at },
  blockHostnames: ['x.test', '*.blocked.test'], blacklistIPs: ['10.1.2.3/8'],
};
export default function () {
  const urls = ['http://exact.test:8080/', `http://a.b.shop.test:${port}/`, 'http://upper.test/', 'http://Upper.TEST:77/',
    'http://very.both.test/', 'http://x.test/', 'http://a.b.blocked.test/', 'http://10.9.9.9/'];
  for (const url of urls) {
    const res = http.get(url);
    console.log(url.replace(port, 'PORT'), res.status, res.error_code, res.error);
  }
}
