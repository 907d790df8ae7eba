"""--record, `loadctl report` and `loadctl judge`: a recorded run shows what the run showed."""

import json
import os
import shlex
import signal
import subprocess
import unittest

import comparison
import harness
import remote
import servers

SCRIPTS = harness.ROOT / "tests" / "conformance"


class Case(harness.Case):
    def record(self, script, *flags):
        """A run with everything that it leaves behind, and the same of its record: (run, report) of {name: bytes}."""
        folder = self.folder.path
        command = [harness.LOADCTL, "run", "-q", "--record", "run.record", "--summary-export", "live.json",
                   "--verdict-file", "live.verdict", *flags, script]
        live = subprocess.run(command, cwd=folder, env=harness.clean_environment({}), stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=harness.TIMEOUT_SECONDS)
        fail_on = [item for flag, item in zip(flags, flags[1:]) if flag == "--fail-on"]
        again = [harness.LOADCTL, "report", "run.record", "--summary-export", "again.json", "--verdict-file",
                 "again.verdict", *[part for item in fail_on for part in ("--fail-on", item)]]
        report = subprocess.run(again, cwd=folder, env=harness.clean_environment({}), stdin=subprocess.DEVNULL,
                                capture_output=True, timeout=harness.TIMEOUT_SECONDS)
        read = lambda name: (folder / name).read_bytes() if (folder / name).exists() else None
        return ({"stdout": live.stdout, "export": read("live.json"), "verdict": read("live.verdict"), "log": live.stderr},
                {"stdout": report.stdout, "export": read("again.json"), "verdict": read("again.verdict"),
                 "log": report.stderr, "code": report.returncode})

    def loadctl(self, *arguments):
        return subprocess.run([harness.LOADCTL, *map(str, arguments)], cwd=self.folder.path, capture_output=True,
                              text=True, env=harness.clean_environment({}), timeout=harness.TIMEOUT_SECONDS)


class Reports(Case):
    def expect_same(self, live, report):
        for name in ("stdout", "export", "verdict"):
            self.assertEqual(report[name], live[name], "%s differs\n%s\n%s" % (name, live["log"], report["log"]))

    def test_all_scripts(self):
        """Byte for byte, for every script of tests/conformance. $RECORD_SCRIPTS names some of them."""
        wanted = os.environ.get("RECORD_SCRIPTS", "").split()
        scripts = sorted(path for path in SCRIPTS.glob("*.js") if not wanted or path.name in wanted)
        places = self._enter(servers.Servers())
        for path in scripts:
            with self.subTest(path.name):
                flags = shlex.split(comparison.directives(path).get("flags", ""))
                for name in ("run.record", "live.json", "live.verdict", "again.json", "again.verdict"):
                    (self.folder.path / name).unlink(missing_ok=True)
                live, report = self.record(path, "--agents", "2", *places.flags(), *flags)
                if live["export"] is None and report["code"] != 0:  # the run did not begin: there is none in the record
                    self.assertIn(b"has no run in it", report["log"])
                    continue
                self.assertEqual(report["code"], 0, report["log"])
                self.expect_same(live, report)

    def test_fail_on_is_given_again(self):
        script = self.folder.script("export const options = { iterations: 3 };\n"
                                    "export default function () { throw new Error('x'); }")
        live, report = self.record(script, "--fail-on", "exception")
        self.assertIn(b'"code":112', live["verdict"])
        self.expect_same(live, report)

    def test_of_a_controller(self):
        script = self.folder.script("export const options = { iterations: 8, vus: 2 };\nexport default function () {}")
        with remote.Controller() as controller, remote.Agents(controller.address, 2):
            controller.wait_for_agents(2)
            live, report = self.record(script, "--controller", controller.address, "--agents", "2")
        self.assertEqual(report["code"], 0, report["log"])
        self.expect_same(live, report)


class Crashes(Case):
    SCRIPT = ("import { sleep } from 'k6';\nexport const options = { vus: 2, duration: '60s' };\n"
              "export default function () { sleep(0.05); }")

    def test_a_killed_run_is_readable_up_to_its_last_second(self):
        script = self.folder.script(self.SCRIPT)
        running = harness.popen([harness.LOADCTL, "run", "-q", "--record", "run.record", script],
                                cwd=self.folder.path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            export = self.folder.path / "cut.json"

            def seconds():
                self.loadctl("report", "run.record", "--summary-export", export)
                iterations = json.loads(export.read_text())["metrics"].get("iterations") if export.exists() else None
                return iterations and iterations["count"] > 20
            harness.wait_until(seconds, 30, "a second on the disk")
        finally:
            running.send_signal(signal.SIGKILL)
            running.wait()
        report = self.loadctl("report", "run.record", "--summary-export", export, "--verdict-file", "cut.verdict")
        self.assertEqual(report.returncode, 0, report.stderr)
        self.assertIn("INCOMPLETE", report.stdout)
        self.assertIn("the record ends before the run did", report.stderr)
        self.assertGreater(json.loads(export.read_text())["metrics"]["iterations"]["count"], 20)
        verdict = json.loads((self.folder.path / "cut.verdict").read_text())
        self.assertEqual((verdict["verdict"], verdict["code"]), ("incomplete", 111))

    def test_a_record_that_is_cut_is_shown_or_one_error(self):
        script = self.folder.script(self.SCRIPT.replace("60s", "2s"))
        self.assertEqual(self.loadctl("run", "-q", "--record", "run.record", script).returncode, 0)
        record = (self.folder.path / "run.record").read_bytes()
        for size in [*range(0, len(record), 41), len(record) - 1]:
            (self.folder.path / "cut.record").write_bytes(record[:size])
            report = self.loadctl("report", "--report", "html=cut.html", "cut.record")
            self.assertEqual(report.stderr.count("\n"), 1, (size, report.stderr))
            self.assertIn(report.returncode, (0, 255), (size, report.stderr))
            self.assertEqual(report.returncode == 0, "INCOMPLETE" in report.stdout, (size, report.stdout))

    def test_what_is_no_record(self):
        script = self.folder.script(self.SCRIPT)
        for name, text in (("script.js", "it is no record of a run"), ("none.record", "No such file or directory")):
            report = self.loadctl("report", name)
            self.assertEqual(report.returncode, 255)
            self.assertIn(text, report.stderr)

    def test_a_file_that_cannot_be_had(self):
        script = self.folder.script("export default function () {}")
        run = self.loadctl("run", "--record", "/nonexistent/x", script)
        self.assertEqual(run.returncode, 255)
        self.assertIn("cannot record to '/nonexistent/x': No such file or directory", run.stderr)


class Windows(Case):
    # A counter that grows by 1 an iteration in the first two seconds, by 100 after.
    SCRIPT = ("import { Counter } from 'k6/metrics';\nimport { sleep } from 'k6';\nimport exec from 'k6/execution';\n"
              "const grown = new Counter('grown');\n"
              "export const options = { scenarios: { a: { executor: 'constant-arrival-rate', rate: 10, duration: '5s',"
              " preAllocatedVUs: 3 } }, thresholds: { grown: ['count>0'] } };\n"
              "export default function () { grown.add(exec.instance.currentTestRunDuration < 2000 ? 1 : 100); }")

    def test_thresholds_and_windows(self):
        script = self.folder.script(self.SCRIPT)
        run = self.loadctl("run", "-q", "--record", "run.record", script)
        self.assertEqual(run.returncode, 0, run.stderr)
        judged = self.loadctl("judge", "run.record")
        self.assertEqual(judged.returncode, 0, judged.stderr)
        self.assertIn("'count>0'", judged.stdout)
        crossed = self.loadctl("judge", "run.record", "--threshold", "grown:count<50")
        self.assertEqual(crossed.returncode, 99)
        self.assertIn("thresholds on metrics 'grown' have been crossed", crossed.stderr)
        early = self.loadctl("judge", "run.record", "--threshold", "grown:count<50", "--to", "2s")
        self.assertEqual(early.returncode, 0, early.stdout + early.stderr)
        late = self.loadctl("judge", "run.record", "--threshold=grown:count>50", "--from=3s", "--summary-export", "w.json")
        self.assertEqual(late.returncode, 0, late.stdout + late.stderr)
        whole = json.loads((self.folder.path / "w.json").read_text())["metrics"]["iterations"]["count"]
        self.assertLess(whole, 50)

    def test_what_cannot_be(self):
        script = self.folder.script("export const options = { iterations: 1 };\nexport default function () {}")
        self.assertEqual(self.loadctl("run", "-q", "--record", "run.record", script).returncode, 0)
        for flags, code, text in (
                (["--threshold", "nothing:count>0"], 104, "no metric name \"nothing\" found"),
                (["--threshold", "iterations"], 255, "METRIC:EXPRESSION is wanted"),
                (["--threshold", "iterations{a:b}:count>0"], 104, "the run kept no sub-metric iterations{a:b}"),
                (["--from", "5s", "--to", "2s"], 255, "--to is not after --from"),
                (["--from", "x"], 255, "invalid argument \"x\" for \"--from\" flag"),
                (["--vus", "3"], 255, "a recorded run has its options already")):
            judged = self.loadctl("judge", "run.record", *flags)
            self.assertEqual(judged.returncode, code, judged.stderr)
            self.assertIn(text, judged.stderr.replace('\\"', '"'))


if __name__ == "__main__":
    unittest.main()
