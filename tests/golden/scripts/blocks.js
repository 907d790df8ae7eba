// A metric for each block of the summary; blocks go by the beginning of a name.
import { Counter, Trend } from 'k6/metrics';

const names = ['vus_mine', 'iterations_mine', 'data_sent_mine', 'browser_mine', 'browser_web_vital_mine', 'grpc_mine',
  'ws_mine', 'zz_mine', 'Zz_other', 'z_z', 'checks_mine', 'group_duration_mine', 'http_req_duration_mine', 'http_mine'];
const counters = names.map((name) => new Counter(name));
const trend = new Trend('grpc_req_mine', true);

export const options = { iterations: 2 };

export default function () {
  counters.forEach((counter, i) => counter.add(i));
  trend.add(3.25);
}
