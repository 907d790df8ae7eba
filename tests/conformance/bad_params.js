import http from 'k6/http';
const url = `${__ENV.TARGET}/json`;
export default () => {
  const seen = new Proxy({ tags: new Proxy({ a: 'b' }, {}), headers: new Proxy({ x: 'y' }, {}) }, {});
  console.log(http.get(url, seen).status);
  for (const params of [{ get tags() { throw new Error('tags'); } }, { headers: new Proxy({}, { ownKeys() { throw new Error('keys'); } }) }]) {
    try { http.get(url, params); } catch (error) { console.log(error.message); }
  }
};
