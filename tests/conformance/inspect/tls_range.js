export const options = { tlsVersion: { min: 'tls1.1' }, tlsCipherSuites: [] };
export default function () {}
