import http from 'k6/http';
// The jar lives on over iterations where noCookiesReset says so.
export const options = { noCookiesReset: true, iterations: 3, vus: 1 };
export default function () {
  console.log(__ITER, http.get(`${__ENV.TARGET}/cookies`).json('cookie'));
  http.get(`${__ENV.TARGET}/cookies/set`);
  http.cookieJar().set(__ENV.TARGET, `i${__ITER}`, 'x');
}
