// Lifetimes of cookies are 64-bit numbers.
import http from 'k6/http';
const base = __ENV.TARGET;
export default function () {
  for (const kind of ['y2038', 'int32', 'zero', 'negative', 'both', 'past']) {
    http.cookieJar().clear(base);
    const cookie = http.get(`${base}/age/${kind}`).cookies.k[0];
    console.log(kind, cookie.max_age, http.get(`${base}/cookies`).body);
  }
  http.cookieJar().clear(base);
  console.log(http.get(`${base}/age/millis`).cookies.k[0].max_age);
  http.cookieJar().set(base, 'own', '1', { max_age: 2500000000 });
  console.log(http.get(`${base}/cookies`).json('cookie').includes('own=1'));
}
