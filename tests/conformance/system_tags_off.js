// System tags that are off: no sub-metric meets them, and a summary lists no checks by name.
import { check, group } from 'k6';
import { Counter } from 'k6/metrics';

const mine = new Counter('mine');

export const options = {
  systemTags: ['status'],
  tags: { run: 'r' },
  scenarios: { s: { executor: 'per-vu-iterations', vus: 1, iterations: 2, tags: { sc: 'x' } } },
  thresholds: {
    'mine{group:::g}': ['count==0'],
    'mine{scenario:s}': ['count==0'],
    'mine{scenario:own}': ['count==2'],
    'mine{sc:x}': ['count==6'],
    'mine{run:r}': ['count==7'],
    'checks{check:ok}': ['rate==0'],
    'checks{group:::g}': ['rate==0'],
    'group_duration{group:::g}': ['avg==0'],
  },
};

export function setup() {
  mine.add(1);
}

export default function () {
  mine.add(1);
  group('g', () => {
    mine.add(1);
    check(1, { ok: () => true });
    mine.add(1, { scenario: 'own' });
  });
}
