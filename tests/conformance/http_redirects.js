import http from 'k6/http';
export default function () {
  const res = http.get(`${__ENV.TARGET}/redirect/3`);
  console.log(res.status, res.url.replace(__ENV.TARGET, ''), res.request.url.replace(__ENV.TARGET, ''));
  const none = http.get(`${__ENV.TARGET}/redirect/3`, { redirects: 0 });
  console.log(none.status, none.headers.Location);
  console.log(http.get(`${__ENV.TARGET}/redirect/3`, { redirects: 2 }).status);
}
