import http from 'k6/http';
// Which answers are expected, and what is refused as an expectation.
export const options = { thresholds: { 'http_req_failed{expected_response:true}': ['rate==0'], 'http_req_failed{expected_response:false}': ['rate==1'], 'http_reqs{expected_response:true}': ['count>0'], 'http_reqs{expected_response:false}': ['count>0'] } };
export default function () {
  const at = (status) => `${__ENV.TARGET}/status/${status}`;
  const tell = (name, call) => { try { console.log(name, call()); } catch (error) { console.log(name, 'thrown', String(error).split('\n')[0]); } };
  for (const status of [200, 299, 301, 399, 400, 404, 500, 599]) http.get(at(status), { redirects: 0 });
  for (const make of [() => http.expectedStatuses(404), () => http.expectedStatuses(200, 404), () => http.expectedStatuses({ min: 400, max: 499 }), () => http.expectedStatuses(500, { min: 200, max: 201 })]) {
    for (const status of [200, 404, 500]) http.get(at(status), { responseCallback: make() });
  }
  for (const wrong of [[], ['200'], [{}], [{ min: 1 }], [{ min: 'a', max: 'b' }], [null], [1.5], [{ min: 300, max: 200 }]]) tell(JSON.stringify(wrong), () => typeof http.expectedStatuses(...wrong));
  tell('set', () => http.setResponseCallback(http.expectedStatuses(500)));
  http.get(at(500)); http.get(at(200)); http.get(at(404), { responseCallback: http.expectedStatuses(404) });
  tell('set null', () => http.setResponseCallback(null));
  http.get(at(500));
  tell('set wrong', () => http.setResponseCallback(5));
  tell('set nothing', () => http.setResponseCallback());
  tell('set function', () => http.setResponseCallback(() => true));
  http.get('http://127.0.0.1:1/');
}
