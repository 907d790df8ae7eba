import http from 'k6/http';
// Credentials in a URL: what is sent, shown, and what stands in tags.
export default function () {
  for (const who of ['user:pass', 'user', ':pass', 'us%40er:p%3Aw', 'user:', 'a:b:c']) {
    const url = `${__ENV.TARGET}/echo`.replace('://', `://${who}@`);
    const res = http.get(url);
    console.log(who, res.status, res.json('headers.Authorization'), res.url.replace(/127.0.0.1:\d+/, 'HOST'), res.request.url.replace(/127.0.0.1:\d+/, 'HOST'));
  }
  const url = `${__ENV.TARGET}/echo`.replace('://', '://user:pass@');
  console.log(http.get(url, { headers: { Authorization: 'Bearer x' } }).json('headers.Authorization'), http.get(url, { auth: 'basic' }).json('headers.Authorization'));
  console.log(http.get(`${__ENV.TARGET}/redirect/1`.replace('://', '://user:pass@')).url.replace(/127.0.0.1:\d+/, 'HOST'));
}
