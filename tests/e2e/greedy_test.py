"""Scripts that want more than there is (heap, requests at once) harm nobody but themselves."""

import sys
import unittest

import harness


class Greedy(harness.Case):
    def test_what_one_vu_keeps_ends_its_own_iterations(self):
        run = self.run_script("""
export const options = { scenarios: { a: { executor: 'per-vu-iterations', vus: 4, iterations: 5 } } };
const kept = [];
export default function () {
  if (__VU === 2) for (;;) kept.push(new Array(1000).fill(__ITER));
}
""", "--agents", 1, "--workers", 1, "--vus-per-isolate", 4, "--max-heap", "64M")
        self.expect_code(run, 0)
        entry = run.export["loadctl"]["ledger"][0]
        self.assertEqual(entry["complete"], 20, str(run))
        self.assertEqual(entry["exceptions"], 5, str(run))
        self.assertIn("heap limit of 64 MB exceeded", run.stderr)
        self.assertIn("the init code runs again", run.stderr)

    def test_what_is_too_large_to_be_made_is_an_exception(self):
        run = self.run_script("""
export const options = { vus: 1, iterations: 3 };
export default function () {
  [() => 'x'.repeat(2 ** 29), () => new Uint8Array(2 ** 31), () => new Array(2 ** 32)][__ITER]();
}
""", "--agents", 1)
        self.expect_code(run, 0)
        self.assertEqual(run.export["loadctl"]["ledger"][0]["exceptions"], 3, str(run))

    def test_what_the_engine_cannot_go_on_with_ends_the_iteration(self):
        for extra in ((), ("--vus-per-isolate", 4)):
            run = self.run_script("""
export const options = { scenarios: { a: { executor: 'per-vu-iterations', vus: 4, iterations: 3 } } };
export default async function () {
  await 0;
  if (__VU === 2) 'x'.repeat(2 ** 28).split('');
}
""", "--agents", 1, "--workers", 1, "--max-heap", "64M", *extra)
            self.expect_code(run, 0)
            entry = run.export["loadctl"]["ledger"][0]
            self.assertEqual((entry["complete"], entry["exceptions"]), (12, 3), str(run))
            self.assertIn("too large for its engine: Fatal JavaScript invalid", run.stderr)

    def test_a_call_that_never_ends_is_left_after_the_scenario(self):
        script = """
export const options = { scenarios: {
  a: { executor: 'per-vu-iterations', vus: 1, iterations: 1, maxDuration: '1s', gracefulStop: '0s' },
  b: { executor: 'per-vu-iterations', vus: 1, iterations: 1, startTime: '2s', exec: 'other' } } };
export default function () { Array.prototype.lastIndexOf.call({ length: 2 ** 53 - 1 }, 1); }
export function other() { console.log('the other'); }
"""
        for flags in ([], ["--vus-per-isolate", 2]):
            with self.subTest(flags=flags):
                run = self.run_script(script, "--agents", 1, "--workers", 1, *flags)
                self.expect_code(run, 0)
                entry = run.export["loadctl"]["ledger"][0]
                self.assertEqual((entry["complete"], entry["interrupted"]), (1, 1), str(run))
                self.assertIn("was ended by the watchdog", run.stderr)
                self.assertIn("the other", run.stderr)

    def test_requests_at_once_wait_for_their_turn(self):
        with harness.Nginx() as nginx:
            run = self.run_script("""
import http from 'k6/http';
export const options = { vus: 2, iterations: 2 };
export default async function () {
  const all = [];
  for (let i = 0; i < 20000; ++i) all.push(http.asyncRequest('GET', __ENV.TARGET));
  await Promise.all(all);
}
""", "--agents", 1, "-e", "TARGET=%s/" % nginx.url)
            self.expect_code(run, 0)
            self.assertEqual(run.count("http_reqs"), 40000, str(run))


if __name__ == "__main__":
    sys.exit(unittest.main())
