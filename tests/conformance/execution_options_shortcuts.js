// flags: -u 2 -i 2 --tag a=b --no-thresholds
// repeated
import exec from 'k6/execution';
export const options = { stages: [{ duration: '1s', target: 3 }], thresholds: { iterations: ['count>100'] }, summaryTrendStats: ['avg', 'p(99)'] };
export default function () {
  for (const key of ['scenarios', 'tags', 'thresholds', 'summaryTrendStats', 'systemTags', 'dns', 'userAgent']) console.log(key, JSON.stringify(exec.test.options[key]));
}
