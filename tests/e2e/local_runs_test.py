"""Runs of this user on this machine: how commands find them, and what people see of them."""

import os
import re
import signal
import stat
import sys
import unittest

import control_test
import harness


class LocalRuns(control_test.Case):
    LONG = "import { sleep } from 'k6'; export const options = { vus: 1, duration: '60s' };" \
           "export default function () { sleep(0.1); }"

    def test_the_socket_is_this_users_alone_and_goes(self):
        started = self.start(self.LONG)
        self.wait_for_run()
        folder = self.runtime / "loadctl"
        self.assertEqual(stat.S_IMODE(folder.stat().st_mode), 0o700)
        self.assertEqual([path.name for path in control_test.sockets(self.runtime)], ["%d.sock" % started.pid])
        self.command("stop")
        self.expect_code(started.finish(), 103)
        self.assertEqual(control_test.sockets(self.runtime), [])
        self.expect_text(self.command("status", code=255), "no test of this user runs on this machine")

    def test_what_people_see(self):
        started = self.start(self.LONG.replace("vus: 1", "vus: 4"), "--agents", 2)
        self.wait_for_run()
        harness.wait_until(lambda: "iters/s" in self.shown("status"), 20, "a rate")
        heads, row = self.shown("status").splitlines()
        self.assertEqual(heads.split(), ["PID", "SCRIPT", "STATE", "TIME", "VUS", "ITERATIONS", "RATE", "P(95)", "FAILED", "AGENTS"])
        self.assertRegex(row, r"^ *%d  \S*script.js  running  +\d+s/1m\S*  +4/4  +\d+  +[0-9.]+ iters/s  +[0-9.]+ms +- +2$" % started.pid)
        agents = self.shown("agents").splitlines()
        self.assertEqual(re.split(" {2,}", agents[0].strip()),
                         ["AGENT", "NAME", "STATE", "WORKERS", "VUS", "CPU", "LATE STARTS", "LOOP LATE", "HEAP", "MEMORY",
                          "DELAY", "WHY"])
        self.assertEqual([line.split()[0::2][:2] for line in agents[1:]], [["1", "ready"], ["2", "ready"]])
        for line in agents[1:]:
            self.assertGreaterEqual(int(line.split()[3]), 1)
        self.assertRegex(self.shown("pause"), r"^paused after \d+s: ")
        self.assertEqual(self.command("status")["paused"], "true")
        self.assertIn("  paused  ", self.shown("status"))
        self.assertRegex(self.shown("resume"), r"^the test goes on(: \d VUs? at work)?\n$")
        self.assertEqual(self.shown("stop"), "the test is being stopped\n")
        self.expect_code(started.finish(), 103)

    def test_two_at_once_are_named(self):
        first, second = self.start(self.LONG, name="first.js"), self.start(self.LONG, name="second.js")
        harness.wait_until(lambda: (self.runtime / "loadctl").exists() and len(control_test.sockets(self.runtime)) == 2, 30, "both sockets")
        refused = self.command("stop", code=255)
        for started, name in ((first, "first.js"), (second, "second.js")):
            self.expect_text(refused, "--pid %d" % started.pid)
            self.expect_text(refused, name)
        both = self.shown("status")
        self.assertIn("first.js", both)
        self.assertIn("second.js", both)
        self.assertEqual(len(self.shown("status", "--json").splitlines()), 2)
        self.command("stop", "--pid", second.pid)
        self.expect_code(second.finish(), 103)
        self.assertIsNone(first.process.poll())
        self.command("stop")
        self.expect_code(first.finish(), 103)

    def test_what_crashed_runs_left_is_cleaned(self):
        started = self.start(self.LONG)
        self.wait_for_run()
        started.signal(signal.SIGKILL)
        started.process.wait()
        self.assertEqual(len(control_test.sockets(self.runtime)), 1)
        self.command("status", code=255)
        self.assertEqual(control_test.sockets(self.runtime), [])

    def test_a_folder_that_others_may_enter_is_not_used(self):
        (self.runtime / "loadctl").mkdir(mode=0o755)
        os.chmod(self.runtime / "loadctl", 0o755)
        run = self.run_script("export default function () {}", env=self.env)
        self.expect_code(run, 0)
        self.expect_text(run, "is not this user's alone")
        self.assertEqual(control_test.sockets(self.runtime), [])


if __name__ == "__main__":
    sys.exit(unittest.main())
