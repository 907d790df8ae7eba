import http from 'k6/http';
export default async function () {
  const both = await Promise.all([http.asyncRequest('GET', `${__ENV.TARGET}/json`),
    http.asyncRequest('POST', `${__ENV.TARGET}/echo`, 'async')]);
  console.log(both.map((r) => r.status).join(), both[1].json('body'));
  try { await http.asyncRequest('GET', `${__ENV.TARGET}/json`, null, { responseType: 'image' }); } catch (e) { console.log('rejected'); }
}
