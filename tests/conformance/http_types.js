import http from 'k6/http';
export default function () {
  const binary = http.get(`${__ENV.TARGET}/bytes`, { responseType: 'binary' });
  console.log(binary.body instanceof ArrayBuffer, binary.body.byteLength, new Uint8Array(binary.body)[255]);
  console.log(http.get(`${__ENV.TARGET}/json`, { responseType: 'none' }).body);
  console.log(JSON.stringify(http.get(`${__ENV.TARGET}/text`).body), http.get(`${__ENV.TARGET}/bytes`).body.length);
  try { http.get(`${__ENV.TARGET}/text`).json(); } catch (e) { console.log(e.name); }
}
