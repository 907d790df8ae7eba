import http from 'k6/http';
// http.url: names, values of each type, and what of it is asked.
export const options = { thresholds: { 'http_reqs{name:TARGET/echo?a=${}}': ['count>=0'] } };
export default function () {
  const base = __ENV.TARGET;
  for (const value of [1, null, undefined, true, 1.5, [1, 2], [null], 'ü', 'a&b=c', '#f'])
    try {
      const url = http.url`${base}/echo?a=${value}`;
      const res = http.get(url);
      console.log(String(value), url.name, url.clean_url.replaceAll(base, 'TARGET'), res.status, res.json('path'));
    } catch (error) { console.log(String(value), 'thrown', String(error).split('\n')[0]); }
  const named = http.url`${base}/json`;
  console.log(http.get(named, { tags: { name: 'other' } }).status, http.batch([named, ['GET', named], { method: 'GET', url: named }]).map((res) => res.status).join());
}
