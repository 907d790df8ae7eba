import http from 'k6/http';
// Requests of setup() and teardown(): their groups, tags and counts.
export const options = { vus: 2, iterations: 4, thresholds: { 'http_reqs{group:::setup}': ['count==2'], 'http_reqs{group:::teardown}': ['count==1'], 'http_reqs{scenario:default}': ['count==4'], http_reqs: ['count==7'] } };
export function setup() { return [http.get(`${__ENV.TARGET}/json`).json('hello'), http.get(`${__ENV.TARGET}/status/404`).status]; }
export default function (data) { http.get(`${__ENV.TARGET}/echo?${data.join()}`); }
export function teardown(data) { console.log(JSON.stringify(data), http.get(`${__ENV.TARGET}/json`).status); }
