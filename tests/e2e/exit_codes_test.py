"""Why a run ended, as its exit status says it (docs/exit-codes.md)."""

import os
import signal
import subprocess
import sys
import unittest

import harness

SLEEPER = """
import { sleep } from 'k6';
export const options = { vus: 4, duration: '30s' };
export default function () { sleep(0.1); if (__VU === 1 && __ITER === 8) console.log('at work'); }
export function teardown() { console.log('torn down'); }
"""


class LostOutput(harness.Case):
    """What cannot be written does not stop a test, and is not passed over either."""

    def run_into(self, stdout, *flags):
        script = self.folder.script("export default function () { console.log('line'); }")
        command = [harness.LOADCTL, "run", *flags, str(script)]
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE, text=True,
                              timeout=60, env=harness.clean_environment(), check=False)

    def test_a_full_disk_under_standard_output(self):
        with open("/dev/full", "w") as full:
            run = self.run_into(full)
        self.assertEqual(run.returncode, 255, run.stderr)
        self.assertIn("standard output: No space left on device", run.stderr)

    def test_a_closed_pipe(self):
        reader, writer = os.pipe()
        os.close(reader)
        run = self.run_into(writer)
        os.close(writer)
        self.assertEqual(run.returncode, 255, run.stderr)
        self.assertIn("standard output: Broken pipe", run.stderr)

    def test_a_full_disk_under_the_log(self):
        run = self.run_into(subprocess.DEVNULL, "--log-output", "file=/dev/full")
        self.assertEqual(run.returncode, 255, run.stderr)
        self.assertIn("log lines were lost: /dev/full: No space left on device", run.stderr)

    def test_an_error_that_its_log_cannot_hold(self):
        for text, flags, code, said in (
                ("export const options = { vus: 'x' }; export default function () {}", (), 104, "vus"),
                ("throw new Error('in init'); export default function () {}", (), 107, "in init"),
                ("export default function () {}", ("--out", "json=/nowhere/x"), None, "/nowhere"),
                ("export default function () { throw new Error('in VU'); }", ("-i", "100"), 255, "in VU")):
            script = self.folder.script(text)
            command = [harness.LOADCTL, "run", "--quiet", "--log-output", "file=/dev/full", *flags, str(script)]
            run = subprocess.run(command, capture_output=True, text=True, timeout=60, env=harness.clean_environment(),
                                 stdin=subprocess.DEVNULL, check=False)
            self.assertEqual(run.returncode, code or run.returncode, run.stderr)
            self.assertNotEqual(run.returncode, 0)
            self.assertIn(said, run.stderr)
            self.assertEqual(run.stderr.count("log lines were lost: /dev/full: No space left on device"), 1, run.stderr)
            self.assertLessEqual(run.stderr.count("level=error"), 20)


class Codes(harness.Case):
    def test_success_is_0(self):
        run = self.run_script("export default function () {}")
        self.expect_code(run, 0)
        self.assertEqual(run.count("iterations"), 1)

    def test_exceptions_in_iterations_change_nothing(self):
        run = self.run_script("export default function () { throw new Error('on purpose'); }", "-i", 3)
        self.expect_code(run, 0)
        self.expect_text(run, "on purpose")
        self.assertEqual(run.count("iterations"), 3)

    def test_thresholds_99(self):
        run = self.run_script("""
export const options = { iterations: 2, thresholds: { iterations: ['count>5'], iteration_duration: ['max<60000'] } };
export default function () {}
""")
        self.expect_one_error(run, 99, "thresholds on metrics 'iterations' have been crossed")

    def test_no_thresholds(self):
        run = self.run_script("""
export const options = { thresholds: { iterations: ['count>5'] } };
export default function () {}
""", "--no-thresholds")
        self.expect_code(run, 0)

    def test_abort_on_fail_99(self):
        run = self.run_script("""
import { sleep } from 'k6';
export const options = { vus: 3, duration: '60s',
  thresholds: { iterations: [{ threshold: 'count<1', abortOnFail: true }] } };
export default function () { sleep(0.1); }
""", "--agents", 3)
        self.expect_code(run, 99)
        self.expect_text(run, "thresholds on metrics 'iterations' were crossed; at least one has abortOnFail enabled, "
                              "stopping test prematurely")
        self.assertLess(run.seconds, 30, str(run))

    def test_setup_timeout_100(self):
        run = self.run_script("""
import { sleep } from 'k6';
export const options = { setupTimeout: '1s' };
export function setup() { sleep(30); }
export default function () {}
""")
        self.expect_one_error(run, 100, "setup() execution timed out after 1 seconds")
        self.assertLess(run.seconds, 20)

    def test_setup_that_spins_100(self):
        run = self.run_script("""
export const options = { setupTimeout: '500ms' };
export function setup() { for (;;); }
export default function () {}
""")
        self.expect_one_error(run, 100, "setup() execution timed out")

    def test_teardown_timeout_101(self):
        run = self.run_script("""
import { sleep } from 'k6';
export const options = { teardownTimeout: '1s' };
export default function () {}
export function teardown() { sleep(30); }
""")
        self.expect_one_error(run, 101, "teardown() execution timed out after 1 seconds")

    def test_unsupported_option_104(self):
        run = self.run_script("export const options = { features: ['x'] }; export default function () {}")
        self.expect_one_error(run, 104, "features")

    def test_interrupt_105(self):
        for number, name in ((signal.SIGINT, "interrupt"), (signal.SIGTERM, "terminated")):
            with self.subTest(name):
                with harness.Started("run", "--agents", 2, self.folder.script(SLEEPER)) as started:
                    harness.wait_until(lambda: len(started.agents()) == 2, 30, "the agents' start")
                    started.wait_for("at work")
                    started.signal(number)
                    run = started.finish()
                self.expect_code(run, 105)
                self.expect_text(run, "test run was aborted because loadctl received a '%s' signal" % name)
                self.expect_text(run, "torn down")
                self.assertGreater(run.count("iterations"), 0)
                self.assertLess(run.seconds, 25)

    def test_second_signal_ends_at_once(self):
        script = SLEEPER.replace("console.log('torn down')", "console.log('tearing down'); sleep(30)")
        with harness.Started("run", self.folder.script(script)) as started:
            started.wait_for("at work")
            started.signal(signal.SIGINT)
            started.wait_for("tearing down")
            started.signal(signal.SIGINT)
            run = started.finish(15)
        self.expect_code(run, 105)

    def test_setup_throws_107(self):
        run = self.run_script("""
export function setup() { throw new Error('no target'); }
export default function () { console.log('never'); }
""", "--agents", 2)
        self.expect_one_error(run, 107, "no target")
        self.assertNotIn("never", run.stderr)

    def test_teardown_throws_107(self):
        run = self.run_script("""
export default function () {}
export function teardown() { throw new Error('left a mess'); }
""")
        self.expect_one_error(run, 107, "left a mess")

    def test_init_throws_107(self):
        run = self.run_script("throw new Error('at init');")
        self.expect_one_error(run, 107, "at init")

    def test_abort_108(self):
        for agents in (1, 3):
            with self.subTest(agents=agents):
                run = self.run_script("""
import exec from 'k6/execution';
import { sleep } from 'k6';
export const options = { vus: 3, duration: '30s' };
export default function () { if (exec.vu.idInTest === 2) exec.test.abort('seen enough'); sleep(0.1); }
export function teardown() { console.log('torn down'); }
""", "--agents", agents)
                self.expect_code(run, 108)
                self.expect_text(run, "test aborted: seen enough")
                self.expect_text(run, "torn down")
                self.assertLess(run.seconds, 20)

    def test_abort_wins_over_thresholds(self):
        run = self.run_script("""
import exec from 'k6/execution';
export const options = { thresholds: { iterations: ['count>100'] } };
export default function () { exec.test.abort(); }
""")
        self.expect_code(run, 108)

    def test_fail_110(self):
        run = self.run_script("""
import exec from 'k6/execution';
export const options = { iterations: 4, thresholds: { iterations: ['count>100'] } };
export default function () { if (exec.scenario.iterationInTest === 1) exec.test.fail('not good'); }
""")
        self.expect_code(run, 110)
        self.expect_text(run, "test run was marked as failed")
        self.assertEqual(run.count("iterations"), 4)

    def test_killed_agent_111(self):
        with harness.Started("run", "--agents", 3, self.folder.script(SLEEPER)) as started:
            agents = harness.wait_until(lambda: len(started.agents()) == 3 and started.agents(), 30, "the agents' start")
            started.wait_for("at work")
            os.kill(agents[1], signal.SIGKILL)
            run = started.finish()
        self.expect_code(run, 111)
        self.assertRegex(run.stdout, r"INCOMPLETE: agent [123] of 3 lost at", str(run))
        self.expect_text(run, "torn down")
        self.assertFalse(run.export["loadctl"]["complete"])
        self.assertEqual(len(run.export["loadctl"]["lost"]), 1)
        self.assertLess(run.seconds, 25)
        for pid in agents:
            self.assertFalse(harness.is_alive(pid))

    def test_hanging_agent_111(self):
        # The limit is 30 s, so this takes as long.
        with harness.Started("run", "--agents", 3, self.folder.script(SLEEPER)) as started:
            agents = harness.wait_until(lambda: len(started.agents()) == 3 and started.agents(), 30, "the agents' start")
            started.wait_for("at work")
            with harness.FrozenMainThread(agents[1]):
                run = started.finish()
        self.expect_one_error(run, 111, "was lost: it hangs: its main thread has done nothing for 30s")
        self.assertRegex(run.stdout, r"INCOMPLETE: agent [123] of 3 lost at 3\d", str(run))
        self.expect_text(run, "torn down")
        self.assertLess(run.seconds, 50)

    def test_killed_controller_leaves_no_agent(self):
        with harness.Started("run", "--agents", 3, self.folder.script(SLEEPER)) as started:
            agents = harness.wait_until(lambda: len(started.agents()) == 3 and started.agents(), 30, "the agents' start")
            started.wait_for("at work")
            started.signal(signal.SIGKILL)
            started.process.wait()
            harness.wait_until(lambda: not any(map(harness.is_alive, agents)), 10, "the agents' end")


if __name__ == "__main__":
    sys.exit(unittest.main())
