import http from 'k6/http';
// Connections that are not used again: their times.
export const options = { noConnectionReuse: true, vus: 1, iterations: 2 };
export default function () {
  const all = Array.from({ length: 3 }, () => http.get(`${__ENV.TARGET}/json`));
  console.log(all.map(({ timings }) => [timings.connecting > 0, timings.blocked > 0, timings.tls_handshaking, timings.looking_up].join()).join(' '));
  console.log(all.map((res) => res.headers.Connection).join());
}
