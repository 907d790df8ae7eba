import http from 'k6/http';
// What was sent stays what was sent, though the script uses its buffer again.
export default function () {
  const bytes = new Uint8Array([104, 105]);
  for (const body of [bytes, bytes.buffer, new Uint8ClampedArray(bytes.buffer), bytes.subarray(1)]) {
    bytes.set([104, 105]);
    const res = http.post(`${__ENV.TARGET}/echo`, body);
    bytes.set([120, 121]);
    console.log(res.body, res.request.body, typeof res.request.body);
  }
}
