"""Scripts that compute without ever pausing are ended when their time is over, although their thread has none for it."""

import re
import sys
import time
import unittest

import control_test

SPIN = """
export const options = { scenarios: { a: %s } };
export default function () { console.log('computes'); for (;;) {} }
"""


class Computing(control_test.Case):
    def test_cut_after_graceful_ramp_down(self):
        run = self.run_script("""
import exec from 'k6/execution';
import { sleep } from 'k6';
export const options = { scenarios: {
  ramp: { executor: 'ramping-vus', startVUs: 1, gracefulRampDown: '1s', exec: 'spin', stages: [
    { duration: '1s', target: 1 }, { duration: '0s', target: 0 }, { duration: '3s', target: 0 },
    { duration: '0s', target: 1 }, { duration: '500ms', target: 1 }] },
  beat: { executor: 'constant-vus', vus: 1, duration: '5s', exec: 'beat', startTime: '50ms' } } };
export function spin() { while (exec.scenario.iterationInTest === 0); sleep(0.1); }
export function beat() { console.log(`beat=${Date.now() - exec.scenario.startTime}`); sleep(0.1); }
""", "--workers", 1)
        self.expect_code(run, 0)
        entry = run.export["loadctl"]["ledger"][0]
        self.assertEqual(entry["interrupted"], 1, str(run))
        # The one worker is the script's until that is cut, 2 s after the start; not 34.5 s after it.
        beats = [int(beat) for beat in re.findall(r"beat=(\d+)", run.stderr)]
        self.assertGreaterEqual(max(beats[:2]), 1800, str(run))
        self.assertLess(max(beats[:2]), 4000, str(run))
        self.assertGreater(len(beats), 5, str(run))

    def test_surplus_is_cut_at_once(self):
        started = self.start(SPIN % "{ executor: 'externally-controlled', vus: 3, duration: '60s' }", "--workers", 1)
        started.wait_for("computes")
        began = time.monotonic()
        self.command("scale", "--vus", 0)
        self.wait_for_status(vus="0")
        self.assertLess(time.monotonic() - began, 10)
        self.command("stop")
        run = started.finish()
        self.expect_code(run, 103)
        self.expect_balanced(run, 1)

    def test_a_pause_moves_the_end(self):
        started = self.hold(SPIN % "{ executor: 'constant-vus', vus: 1, duration: '2s', gracefulStop: '0s' }")
        self.patch(paused=False)
        started.wait_for("computes")
        began = time.monotonic()
        self.patch(paused=True)
        time.sleep(4)
        self.assertNotIn("was ended by the watchdog", started.text())
        self.patch(paused=False)
        started.wait_for("was ended by the watchdog", 10)
        self.assertGreaterEqual(time.monotonic() - began, 5)
        self.expect_code(started.finish(), 0)


class MostBusy(control_test.Case):
    """--max-busy ends an iteration that holds up its thread; one that pauses may be as long as it likes."""

    def test_the_iteration_ends_with_its_line_and_the_other_vus_go_on(self):
        run = self.run_script("""
export const options = { scenarios: { a: { executor: 'per-vu-iterations', vus: 2, iterations: 2 } } };
export default function () {
  if (__VU === 2) return;
  for (;;) {
    try { for (;;) {} } catch (error) { console.log('caught'); } finally { console.log('at last'); }
  }
}
""", "--workers", 1, "--max-busy", "500ms")
        self.expect_code(run, 0)
        entry = run.export["loadctl"]["ledger"][0]
        self.assertEqual((entry["complete"], entry["interrupted"], entry["exceptions"]), (4, 0, 2), str(run))
        self.expect_text(run, "it computed for more than 500ms without a pause (see --max-busy) at default (file://")
        self.assertRegex(run.stderr, r"script\.js:6:\d+\)")
        for swallowed in ("msg=caught", "at last"):
            self.assertNotIn(swallowed, run.stderr)

    def test_pauses_begin_it_anew(self):
        run = self.run_script("""
import { sleep } from 'k6';
export const options = { iterations: 1 };
function spin() { const end = Date.now() + 400; while (Date.now() < end); }
export default async function () {
  for (let i = 0; i < 5; i++) { spin(); sleep(0.01); }
  for (let i = 0; i < 5; i++) { spin(); await new Promise((resolve) => setTimeout(resolve, 1)); }
  console.log('done');
}
""", "--max-busy", "3s")
        self.expect_code(run, 0)
        self.expect_text(run, "msg=done")
        self.assertNotIn("--max-busy", run.stderr)

    def test_timers_and_setup_are_bound_too(self):
        spin = "const spin = () => { for (;;) {} };\n"
        run = self.run_script(spin + "export function setup() { spin(); }\nexport default function () {}", "--max-busy", "500ms")
        self.expect_code(run, 107)
        self.expect_text(run, "it computed for more than 500ms without a pause (see --max-busy) at spin (file://")
        run = self.run_script(spin + "export default function () { setTimeout(spin, 1); }", "-i", 2, "--max-busy", "500ms",
                              "--fail-on", "exception")
        self.expect_code(run, 112)
        self.assertEqual(run.export["loadctl"]["ledger"][0]["exceptions"], 2, str(run))

    def test_what_is_no_duration_is_refused(self):
        for value, text in (("0s", "must be more than 0"), ("-1s", "must be more than 0"), ("soon", "invalid duration"),
                            ("1", "missing unit")):
            run = self.run_script("export default function () {}", "--max-busy=" + value)
            self.assertNotEqual(run.code, 0, run)
            self.expect_text(run, "--max-busy")
            self.expect_text(run, text)


if __name__ == "__main__":
    sys.exit(unittest.main())
