import http from 'k6/http';
export default function () {
  const t = __ENV.TARGET;
  const list = http.batch([`${t}/json`, ['GET', `${t}/status/404`], { method: 'POST', url: `${t}/echo`, body: 'b' }]);
  console.log(list.length, list.map((r) => r.status).join(), list[2].json('body'));
  const named = http.batch({ first: `${t}/json`, second: ['PUT', `${t}/echo`, 'put'] });
  console.log(Object.keys(named).sort().join(), named.second.json('method'));
}
