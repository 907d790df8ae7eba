import http from 'k6/http';
// Statuses that servers send: text, code, whether it failed.
export const options = { thresholds: { 'http_req_failed{status:404}': ['rate==1'], 'http_req_failed{status:201}': ['rate==0'] } };
export default function () {
  for (const status of [200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 304, 305, 306, 400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 418, 421, 422, 423, 424, 425, 426, 428, 429, 431, 451, 499, 500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511, 599]) {
    const res = http.get(`${__ENV.TARGET}/status/${status}`);
    console.log(res.status, res.status_text, res.error_code, res.error, res.body === null, res.proto);
  }
}
