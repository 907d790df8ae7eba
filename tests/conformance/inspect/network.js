export const options = {
  hosts: { 'Z.example.com': '127.0.0.1:80', 'a.example.com': '::1' },
  dns: { ttl: '5m', policy: 'onlyIPv4' },
  blacklistIPs: ['10.0.0.5/8', '::1/64', '192.168.1.200/25'],
  blockHostnames: ['*.Example.com', 'x.org'],
  noConnectionReuse: true, noVUConnectionReuse: false, insecureSkipTLSVerify: true,
  maxRedirects: 3, batch: '5', batchPerHost: 0, rps: 100, userAgent: '', httpDebug: 'full',
};
export default function () {}
