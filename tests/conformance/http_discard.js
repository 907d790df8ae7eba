import http from 'k6/http';
// Bodies that are not kept: the option, and the parameter that goes before it.
export const options = { discardResponseBodies: true };
export default function () {
  for (const responseType of [undefined, 'text', 'binary', 'none', null])
    try {
      const res = http.get(`${__ENV.TARGET}/json`, responseType === undefined ? {} : { responseType });
      console.log(responseType, res.status, Object.prototype.toString.call(res.body), res.body && (res.body.length || res.body.byteLength), res.headers['Content-Length']);
    } catch (error) { console.log(responseType, 'thrown', String(error).split('\n')[0]); }
  for (const res of http.batch([`${__ENV.TARGET}/json`, ['GET', `${__ENV.TARGET}/text`, null, { responseType: 'text' }]])) console.log(res.body);
  try { http.get(`${__ENV.TARGET}/json`).json(); } catch (error) { console.log(String(error).split('\n')[0]); }
}
