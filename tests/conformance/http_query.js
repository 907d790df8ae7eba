import http from 'k6/http';
// Paths and queries as they are asked.
// differs: a space in a query goes out as %20, in k6 as it is
export default function () {
  for (const path of ['/echo', '/echo?', '/echo?a', '/echo?a=', '/echo?a=b&a=c', '/echo?a=%20b', '/echo?a+b', '/echo#f', '/echo?a=b#f', '/echo/./x', '/echo/../echo', '/echo//x', '/echo/%2f', '/echo/ü', '/echo?ü=ö', '/echo/a%20b', '/echo?a=b?c', '/echo?a[]=1&b{}=2', '/echo/;a=b', '/echo?"x"', "/echo/'x'", '/echo/a|b', '/echo/~x!$&()*+,=:@']) {
    const res = http.get(`${__ENV.TARGET}${path}`);
    console.log(path, res.status, res.error, res.status === 200 ? res.json('path') : '', res.url.replace(__ENV.TARGET, ''), res.request && res.request.url.replace(__ENV.TARGET, ''));
  }
}
