"""--detach, `loadctl runs` and `loadctl attach`: a client leaves a run on a controller, and comes back."""

import json
import re
import signal
import subprocess
import unittest

import harness
import remote

LONG = ("import { sleep } from 'k6';\nexport const options = { vus: 2, duration: '60s' };\n"
        "export function setup() { console.log('it begins'); }\nexport default function () { sleep(0.05); }")
SHORT = ("import { check } from 'k6';\nexport const options = { vus: 2, iterations: 10, thresholds: { checks: ['rate>0.9'] } };\n"
         "export default function () { check(1, { even: (v) => v === 2 }); }")


class Runs(harness.Case):
    def setUp(self):
        super().setUp()
        self.controller = self._enter(remote.Controller())
        self._enter(remote.Agents(self.controller.address, 2))
        self.controller.wait_for_agents(2)

    def loadctl(self, command, *arguments):
        return harness.loadctl(command, *arguments, "--controller", self.controller.address, cwd=str(self.folder.path))

    def detach(self, text):
        # harness.loadctl() asks for a summary, which is for whoever sees the run end.
        command = [harness.LOADCTL, "run", "-q", "--detach", "--agents", "2", "--controller", self.controller.address,
                   self.folder.script(text)]
        run = subprocess.run(command, capture_output=True, text=True, env=harness.clean_environment({}),
                             timeout=harness.TIMEOUT_SECONDS)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertRegex(run.stdout, r"^[0-9a-f]{12}\n$")
        return run.stdout.strip()

    def state(self, run_id):
        for line in self.loadctl("runs").stdout.splitlines():
            if line.startswith(run_id):
                return re.split(r"  +", line)[1]

    def test_a_run_that_was_left_is_seen_from_its_beginning(self):
        run_id = self.detach(SHORT)
        harness.wait_until(lambda: self.state(run_id) == "exit 99", 30, "the run's end")
        for _ in range(2):  # as often as one likes
            attached = self.loadctl("attach", run_id[:6], "-q", "--summary-export", "summary.json")
            self.assertEqual(attached.code, 99, str(attached))
            self.expect_text(attached, "thresholds on metrics 'checks' have been crossed")
            self.assertIn("checks_total.......: 10", attached.stdout)
        summary = json.loads((self.folder.path / "summary.json").read_text())
        self.assertEqual(summary["metrics"]["iterations"]["count"], 10)
        self.assertEqual(len(summary["loadctl"]["ledger"]), 2)

    def test_a_client_may_leave_again_and_the_run_goes_on(self):
        run_id = self.detach(LONG)
        command = [harness.LOADCTL, "attach", run_id, "--controller", self.controller.address]
        client = harness.popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               env=harness.clean_environment({}))
        try:
            seen = ""
            while "it begins" not in seen:
                seen += client.stdout.readline()
            client.send_signal(signal.SIGINT)
            rest, _ = client.communicate(timeout=harness.TIMEOUT_SECONDS)
        finally:
            client.kill()
            client.wait()
        self.assertEqual(client.returncode, 0, seen + rest)
        self.assertIn("the run goes on without this client", seen + rest)
        self.assertEqual(self.state(run_id), "running")
        self.expect_one_error(self.loadctl("run", "-q", "--agents", 2, self.folder.script(SHORT, "other.js")), 255,
                              "the controller is busy with the run of ")
        stopped = self.loadctl("runs", "stop", run_id)
        self.assertEqual(stopped.code, 0, str(stopped))
        attached = self.loadctl("attach", run_id, "-q")
        self.assertEqual(attached.code, 105, str(attached))

    def test_a_run_with_a_client_is_listed_and_can_be_watched(self):
        started = harness.popen([harness.LOADCTL, "run", "-q", "--agents", "2", "--controller",
                                 self.controller.address, self.folder.script(LONG)], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, env=harness.clean_environment({}))
        try:
            def running():
                found = re.findall(r"^([0-9a-f]{12})  running", self.loadctl("runs").stdout, re.M)
                return found and found[0]
            run_id = harness.wait_until(running, 30, "the run in the list")
            self.assertEqual(self.loadctl("runs", "stop", run_id).code, 0)
            _, log = started.communicate(timeout=harness.TIMEOUT_SECONDS)
        finally:
            started.kill()
            started.wait()
        self.assertEqual(started.returncode, 105, log)
        self.assertEqual(self.loadctl("attach", run_id, "-q").code, 105)

    def test_what_cannot_be(self):
        self.expect_one_error(self.loadctl("attach", "123456789abc", "-q"), 255, "no run 123456789abc is known here")
        script = self.folder.script(SHORT)
        self.expect_one_error(harness.loadctl("run", "-q", "--detach", script), 255,
                              "--detach is for runs on a --controller")
        self.expect_one_error(self.loadctl("run", "-q", "--detach", "--verdict-file", "v.json", script), 255,
                              "--verdict-file is for whoever sees the run end")
        listed = harness.loadctl("runs")
        self.assertEqual(listed.code, 255)
        self.expect_text(listed, "the controller is missing")


if __name__ == "__main__":
    unittest.main()
