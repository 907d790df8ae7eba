import exec from 'k6/execution';
import { group } from 'k6';
import { Counter } from 'k6/metrics';
const seen = new Counter('seen');
export const options = {
  scenarios: {
    first: { executor: 'per-vu-iterations', vus: 1, iterations: 2, tags: { of: 'scenario' } },
    second: { executor: 'per-vu-iterations', vus: 1, iterations: 1, startTime: '500ms' },
  },
  tags: { of_run: 'r' },
  thresholds: { 'seen{n:5}': ['count==1'], 'seen{of:scenario}': ['count==2'], 'seen{of_run:r}': ['count==2'], 'seen{scenario:first}': ['count==2'] },
};
const tell = (name, give) => { try { console.log(name, give()); } catch (e) { console.log(name, e.name, e.message); } };
const all = (object) => JSON.stringify(Object.entries(object).sort());
export default function () {
  const { tags, metadata } = exec.vu.metrics;
  tell('start', () => exec.scenario.name + all(tags) + all(metadata) + all(exec.vu.tags));
  seen.add(1);
  if (__ITER === 0) {
    tell('set', () => { tags.n = 5; tags.b = true; tags.s = 'text'; metadata.m = 'q'; metadata.f = 0.5; return all(tags) + all(metadata) + typeof tags.n; });
    seen.add(1);
    for (const bad of [{}, null, undefined, [1], () => 1]) {
      tell('tag', () => { tags.bad = bad; return 'set'; });
      tell('metadata', () => { metadata.bad = bad; return 'set'; });
    }
    tell('numbers', () => { Object.assign(tags, { big: 1e21, part: 0.1, nan: NaN, far: Infinity }); return all(tags); });
    tell('delete', () => { for (const key of ['big', 'part', 'nan', 'far', 'absent', 'n']) delete tags[key]; delete metadata.f; return all(tags) + all(metadata) + ('n' in tags) + ('s' in tags) + tags.n; });
    tell('group', () => group('inner', () => tags.group));
    tell('spread', () => all({ ...tags }));
  } else {
    tell('delete', () => { for (const key of ['of', 'of_run', 'scenario', 'group']) delete tags[key]; return all(tags); });
    seen.add(1);
  }
}
