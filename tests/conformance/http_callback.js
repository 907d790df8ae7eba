import http from 'k6/http';
http.setResponseCallback(http.expectedStatuses(404, { min: 200, max: 299 }));
export const options = { thresholds: { http_req_failed: ['rate==0.5'] } };
export default function () {
  http.get(`${__ENV.TARGET}/status/404`);
  http.get(`${__ENV.TARGET}/status/500`);
  http.get(`${__ENV.TARGET}/status/500`, { responseCallback: http.expectedStatuses(500) });
  http.get(`${__ENV.TARGET}/status/304`);
  http.get(`${__ENV.TARGET}/status/500`, { responseCallback: null });
}
