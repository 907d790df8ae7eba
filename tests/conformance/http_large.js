import http from 'k6/http';
// Large bodies, both ways.
export default function () {
  for (const size of [0, 1, 1023, 65535, 65536, 65537, 1 << 20, 3 << 20]) {
    const text = 'x'.repeat(size);
    console.log(size, http.post(`${__ENV.TARGET}/sha1`, text).json('sha1'), http.post(`${__ENV.TARGET}/repeat`, text).body.length);
    console.log(http.post(`${__ENV.TARGET}/sha1`, new Uint8Array(size).buffer).json('sha1'), http.get(`${__ENV.TARGET}/bytes`, { responseType: 'binary' }).body.byteLength);
  }
}
