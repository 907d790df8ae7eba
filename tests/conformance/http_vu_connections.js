import http from 'k6/http';
// noVUConnectionReuse: each iteration begins without a connection.
export const options = { noVUConnectionReuse: true, vus: 1, iterations: 3 };
export default function () {
  console.log(Array.from({ length: 3 }, () => http.get(`${__ENV.TARGET}/json`).timings.connecting > 0).join());
}
