import http from 'k6/http';
// The agent's name that the option gives, and the header that goes before it.
export const options = { userAgent: 'load/1 (ü)' };
export default function () {
  const shown = (params) => JSON.stringify(http.get(`${__ENV.TARGET}/json`, params).request.headers['User-Agent']);
  console.log(shown(), shown({}), shown({ headers: { 'user-agent': 'mine' } }), shown({ headers: { 'User-Agent': '' } }), shown({ headers: { 'USER-AGENT': 'x' } }));
}
