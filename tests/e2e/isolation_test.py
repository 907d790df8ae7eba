"""VUs that share a JavaScript context (--vu-isolation=compartment) do what VUs with contexts of their own do."""

import sys
import unittest

import harness

VUS = """
import { check, sleep } from 'k6';
import exec from 'k6/execution';
export const options = { scenarios: { a: { executor: 'per-vu-iterations', vus: 60, iterations: 3 } } };
const kept = [];
globalThis.mine = [];
export default async function () {
  kept.push(__VU);
  globalThis.mine.push(__ITER);
  sleep(0.01);
  await new Promise((done) => setTimeout(done, 1));
  check(null, {
    'kept': () => kept.length === __ITER + 1 && kept.every((id) => id === exec.vu.idInInstance),
    'mine': () => globalThis.mine.join() === [0, 1, 2].slice(0, __ITER + 1).join(),
  });
}
"""


class Isolation(harness.Case):
    def test_each_vu_has_its_own_values(self):
        for isolation in ("context", "compartment"):
            run = self.run_script(VUS, "--vu-isolation", isolation)
            self.expect_code(run, 0)
            self.assertIn("100.00% 360 out of 360", run.stdout, str(run))
            self.assertNotIn("context of its own", run.stderr)

    def test_scripts_that_need_contexts_get_them(self):
        for code, why in (("Array.prototype.mine = 1;", "its init code fails otherwise"),
                          ("Error.stackTraceLimit = 3;", "`stackTraceLimit`")):
            run = self.run_script(code + VUS, "--vu-isolation", "compartment")
            self.expect_code(run, 0)
            self.assertIn("100.00% 360 out of 360", run.stdout, str(run))
            self.assertIn("each VU has a context of its own all the same: ", run.stderr)
            self.assertIn(why, run.stderr)


if __name__ == "__main__":
    sys.exit(unittest.main())
