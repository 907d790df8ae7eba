import http, * as all from 'k6/http';
// What the module exports, and of which type.
export default function () {
  const names = ['get', 'head', 'post', 'put', 'patch', 'del', 'options', 'request', 'asyncRequest', 'batch', 'url', 'file', 'CookieJar', 'cookieJar', 'expectedStatuses', 'setResponseCallback',
    'TLS_1_0', 'TLS_1_1', 'TLS_1_2', 'TLS_1_3', 'OCSP_STATUS_GOOD', 'OCSP_STATUS_REVOKED', 'OCSP_STATUS_SERVER_FAILED', 'OCSP_STATUS_UNKNOWN', 'OCSP_REASON_UNSPECIFIED', 'OCSP_REASON_KEY_COMPROMISE', 'OCSP_REASON_SUPERSEDED', 'SSL_3_0', 'nothing'];
  for (const name of names) console.log(name, typeof http[name] === 'string' ? http[name] : typeof http[name], typeof all[name]);
}
