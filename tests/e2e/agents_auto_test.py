"""--agents auto: a short run on one agent says how many a test needs, and so many take it; no times are asserted."""

import re
import unittest

import harness
import remote

# Real work of a few milliseconds an iteration, so that the rate needs more than the cores of one machine.
BUSY = """
export const options = { scenarios: { s: { executor: 'constant-arrival-rate', rate: %d, duration: '1s',
  preAllocatedVUs: 20, gracefulStop: '30s' } } };
export default function () { for (let i = 0, x = 0; i < 2e6; i++) x += i %% 7; }
"""
LIGHT = """
import { sleep } from 'k6';
import { Counter } from 'k6/metrics';
const seen = new Counter('seen');
export const options = { scenarios: { s: { executor: 'per-vu-iterations', vus: 20, iterations: 5 } },
  thresholds: { seen: ['count==100'] } };
export function setup() { console.warn('SETUP'); }
export default function () { seen.add(1); sleep(0.01); }
export function handleSummary(data) { return { stdout: 'SUMMARY ' + data.metrics.seen.values.count + '\\n' }; }
"""


class Auto(harness.Case):
    def auto(self, script, *flags, **options):
        return self.run_script(script, "--agents", "auto", *flags, **options)

    def needed(self, run):
        found = re.findall(r"MB: (\d+) agents?\b", run.stderr)
        self.assertEqual(len(found), 1, str(run))
        return int(found[0])

    def test_a_light_test_takes_one_and_is_measured_without_its_outputs(self):
        run = self.auto(LIGHT)
        self.expect_code(run, 0)
        self.assertEqual(self.needed(run), 1)
        # setup() ran for the measurement, too; the summary and its counts are the test's alone.
        self.assertEqual(run.stderr.count("SETUP"), 2, str(run))
        self.assertEqual(run.stdout.count("SUMMARY 100"), 1, str(run))
        self.assertEqual(run.stdout.count("SUMMARY"), 1, str(run))

    def test_a_machine_that_is_too_small_is_told(self):
        run = self.auto(BUSY % 20000)
        self.expect_text(run, "this machine is too small for that; it takes ")
        self.assertEqual(self.needed(run), 1)

    def test_a_controller_gives_as_many_as_it_takes_or_says_how_many_are_missing(self):
        controller = self._enter(remote.Controller())
        self._enter(remote.Agents(controller.address, 2, "--workers", "1"))
        run = self.auto(LIGHT, "--controller", controller.address)
        self.expect_code(run, 0)
        self.assertEqual(self.needed(run), 1)
        run = self.auto(BUSY % 20000, "--controller", controller.address)
        wanted = self.needed(run)
        self.assertGreater(wanted, 2, str(run))
        self.expect_one_error(run, 111, "%d agents are wanted" % wanted)

    def test_what_the_test_itself_fails_with(self):
        for script, code, text in (("export default function () {", 107, "SyntaxError"),
                                   ("export function setup() { throw new Error('no database'); } export default function () {}", 107,
                                    "no database")):
            run = self.auto(script)
            self.expect_code(run, code)
            self.expect_text(run, text)

    def test_where_it_cannot_be(self):
        for flags, text in ((["-"], "cannot come from standard input"), (["--kube", "x.js"], "not for --kube")):
            run = harness.loadctl("run", "--agents", "auto", *flags)
            self.expect_code(run, 255)
            self.expect_text(run, text)
        run = harness.loadctl("run", "--agents", "some", "x.js")
        self.expect_code(run, 255)
        self.expect_text(run, 'invalid argument "some" for "--agents" flag')


if __name__ == "__main__":
    unittest.main()
