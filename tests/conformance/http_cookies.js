import http from 'k6/http';
export const options = { iterations: 2 };
export default function () {
  console.log(http.get(`${__ENV.TARGET}/cookies`).json('cookie'));
  console.log(http.get(`${__ENV.TARGET}/cookies/set`).cookies.flavour[0].value);
  console.log(http.get(`${__ENV.TARGET}/cookies`).json('cookie'));
  const both = http.get(`${__ENV.TARGET}/cookies`, { cookies: { a: '1', b: { value: '2', replace: true } } }).json('cookie');
  console.log(both.split('; ').sort().join()); // k6 sends those of a request in no order
}
