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


if __name__ == "__main__":
    sys.exit(unittest.main())
