// flags: -u 2 -i 4 --tag run=nightly --discard-response-bodies
import exec from 'k6/execution';
export const options = {
  vus: 1, iterations: 2, duration: '1m', setupTimeout: 60000, batch: 3, dns: { ttl: '1m' },
  thresholds: { iterations: ['count>0'] }, hosts: { 'A.test': '127.0.0.1:1' },
};
const shown = ['vus', 'iterations', 'duration', 'setupTimeout', 'batch', 'tags', 'discardResponseBodies', 'thresholds',
  'hosts', 'summaryTrendStats', 'systemTags', 'rps'];
const seen = () => JSON.stringify(shown.map((key) => options[key]));
export function setup() { console.log('setup', seen()); }
export default function () { if (exec.scenario.iterationInTest === 0) console.log('default', seen()); }
export function teardown() { console.log('teardown', seen()); }
