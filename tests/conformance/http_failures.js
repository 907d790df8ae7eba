import http from 'k6/http';
export default function () {
  const refused = http.get('http://127.0.0.1:1/');
  console.log(refused.status, refused.error_code, refused.body, refused.proto === '');
  for (const status of [204, 304, 400, 404, 500, 503]) {
    const res = http.get(`${__ENV.TARGET}/status/${status}`);
    console.log(res.status, res.error_code, res.error, res.body);
  }
  console.log(http.get(`${__ENV.TARGET}/slow/2000`, { timeout: 100 }).error_code);
  console.log(http.get('ftp://127.0.0.1/').error_code, http.get('').error_code);
  try { http.get('http://127.0.0.1:1/', { throw: true }); } catch (e) { console.log('thrown', e.name); }
}
