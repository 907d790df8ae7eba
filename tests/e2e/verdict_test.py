"""--fail-on and --verdict-file: what a pipeline reads of a run."""

import json
import signal
import sys
import unittest
from xml.etree import ElementTree

import harness

THROWS = "export const options = { iterations: 3 };\nexport default function () { throw new Error('x'); }\n"


class Verdict(harness.Case):
    def judged(self, script, *flags):
        """A run and the verdict it wrote."""
        file = self.folder.path / "verdict.json"
        run = self.run_script(script, "--verdict-file", file, *flags)
        return run, json.loads(file.read_text())

    def expect_failed(self, script, what, text, *flags):
        run, verdict = self.judged(script, "--fail-on", what, *flags)
        self.expect_code(run, 112)
        self.assertEqual((verdict["verdict"], verdict["code"]), ("failed", 112), verdict)
        self.assertIn(text, verdict["cause"])
        self.expect_text(run, verdict["cause"])

    def test_exceptions_pass_unless_they_must_not(self):
        run, verdict = self.judged(THROWS, "--agents", "2")
        self.expect_code(run, 0)
        self.expect_text(run, "Every iteration (3) threw an exception")
        self.assertEqual((verdict["verdict"], verdict["cause"], verdict["code"]), ("passed", None, 0))
        self.assertEqual(sum(agent["exceptions"] for agent in verdict["agents"]), 3)
        self.expect_failed(THROWS, "exception", "3 of 3 iterations threw an exception", "--agents", "2")

    def test_checks(self):
        script = """
import { check } from 'k6';
export const options = { iterations: 4 };
export default function () { check(1, { odd: __ITER % 2 === 1, fine: true }); }
"""
        self.expect_failed(script, "check", "2 of 8 checks failed")

    def test_a_limit_within_the_error_of_a_percentile(self):
        # p(95) of 1 to 10,000 is 9500.05, and 9496 by the histogram: the first verdict is wrong, and says so.
        script = """
import { Trend } from 'k6/metrics';
const t = new Trend('mine');
export const options = { iterations: 1, thresholds: { mine: ['p(95)<9498', 'p(95)<9600'] } };
export default function () { for (let i = 1; i <= 10000; ++i) t.add(i); }
"""
        run, verdict = self.judged(script)
        self.expect_code(run, 0)
        self.assertEqual([one["within_error"] for one in verdict["thresholds"]], [True, False])
        marked = run.export["loadctl"]["thresholds_within_error"]
        self.assertEqual([(one["metric"], one["threshold"]) for one in marked],
                         [("mine", "p(95)<9498")])
        self.assertRegex(run.stdout, r"✓ 'p\(95\)<9498' p\(95\)=9496 \(the limit is within the value's error of 0.1%\)\n")
        self.assertRegex(run.stdout, r"✓ 'p\(95\)<9600' p\(95\)=9496\n")

    def test_nothing_done(self):
        idle = "export const options = { iterations: 1 };\nexport default function () {}\n"
        self.expect_failed(idle, "no-requests", "no request was made")
        cut = """
import { sleep } from 'k6';
export const options = { scenarios: { a: { executor: 'constant-vus', duration: '1s', gracefulStop: '0s' } } };
export default function () { sleep(10); }
"""
        self.expect_failed(cut, "no-iterations", "no iteration was completed")

    def test_a_missed_rate(self):
        script = """
import { sleep } from 'k6';
export const options = { scenarios: { a: { executor: 'constant-arrival-rate', rate: 5, duration: '1s',
  preAllocatedVUs: 1 } } };
export default function () { sleep(2); }
"""
        self.expect_failed(script, "missed-rate", "4 of 5 iterations were dropped")

    def test_a_threshold_without_samples(self):
        script = """
export const options = { iterations: 1, thresholds: { http_req_duration: ['p(95)<500'] } };
export default function () {}
"""
        run, verdict = self.judged(script)
        self.expect_code(run, 0)
        self.expect_text(run, "p(95)=0s (no data)")
        self.assertEqual(verdict["thresholds"], [{"metric": "http_req_duration", "expression": "p(95)<500", "value": 0,
                                                  "ok": True, "no_data": True, "within_error": False}])
        self.expect_failed(script, "no-data", "http_req_duration has a threshold and no samples")

    def test_the_first_that_is_true_in_the_order_given(self):
        self.expect_failed(THROWS, "check,no-requests,exception", "no request was made")

    def test_thresholds_of_k6_come_first(self):
        script = """
export const options = { iterations: 1, thresholds: { iterations: ['count>5'] } };
export default function () { throw 1; }
"""
        run, verdict = self.judged(script, "--fail-on", "exception")
        self.expect_code(run, 99)
        self.assertEqual((verdict["verdict"], verdict["code"]), ("failed", 99), verdict)
        self.assertEqual(verdict["thresholds"][0]["ok"], False)

    def test_a_script_that_does_not_load_has_a_verdict_too(self):
        run, verdict = self.judged("export default function () {")
        self.expect_code(run, 107)
        self.assertEqual((verdict["verdict"], verdict["code"], verdict["agents"]), ("error", 107, []), verdict)

    def test_a_verdict_that_cannot_be_written_fails_the_run(self):
        run = self.run_script("export default function () {}", "--verdict-file", "/nonexistent/verdict.json")
        self.expect_code(run, 255)
        self.expect_text(run, "failed to save the verdict: could not open '/nonexistent/verdict.json'")

    def test_it_is_found_before_the_load(self):
        """Nothing is sent where the result could not be kept."""
        for flag in ("--verdict-file", "--summary-export"):
            run = self.run_script("export default function () { console.log('at work'); }", flag, "/nonexistent/x.json",
                                  export=False)
            self.expect_one_error(run, 255, "could not open '/nonexistent/x.json'")
            self.assertNotIn("at work", run.stderr)

    def test_flags_that_are_wrong_have_a_verdict_too(self):
        for flags in (["--zzz"], ["--vus", "x"], ["--agents"]):
            run, verdict = self.judged("export default function () {}", *flags)
            self.expect_code(run, 255)
            self.assertEqual((verdict["verdict"], verdict["code"]), ("error", 255), verdict)
            self.assertIn(verdict["cause"], run.stderr.replace('\\"', '"'))

    def test_a_run_that_is_killed_does_not_look_like_the_one_before(self):
        run, verdict = self.judged("export default function () {}")
        self.assertEqual(verdict["verdict"], "passed")
        script = self.folder.script("import { sleep } from 'k6'; export default function () { console.log('at work'); sleep(60); }")
        with harness.Started("run", "--verdict-file", self.folder.path / "verdict.json", script) as started:
            started.wait_for("at work")
            started.signal(signal.SIGKILL)
            started.process.wait(20)
        verdict = json.loads((self.folder.path / "verdict.json").read_text())
        self.assertEqual((verdict["verdict"], verdict["code"]), ("running", None), verdict)

    def test_an_unknown_word_is_refused(self):
        run = self.run_script("export default function () {}", "--fail-on", "check,bogus")
        self.expect_one_error(run, 255, "bogus", "missed-rate")


class Reports(harness.Case):
    SCRIPT = """
import { check } from 'k6';
export const options = { iterations: 4, thresholds: { iterations: ['count==4', 'count>9'] } };
export default function () { check(1, { odd: __ITER % 2 === 1, fine: true }); }
"""

    def test_each_format_tells_of_the_run(self):
        names = {"junit": "out.xml", "md": "out.md", "json": "out.json", "github": "summary.md"}
        (self.folder.path / "summary.md").write_text("what was there before\n")
        flags = [part for format, name in names.items() for part in ("--report", format + "=" + name)]
        run = self.run_script(self.SCRIPT, *flags)
        self.expect_code(run, 99)
        suites = ElementTree.parse(self.folder.path / "out.xml").getroot()
        self.assertEqual((suites.get("tests"), suites.get("failures"), suites.get("errors")), ("5", "2", "0"))
        failed = [case.get("name") for case in suites.iter("testcase") if case.find("failure") is not None]
        self.assertEqual(failed, ["iterations: count>9", "odd"])
        text = (self.folder.path / "out.md").read_text()
        self.assertIn("| ❌ | `iterations` | `count>9` | count=4 |", text)
        self.assertEqual((self.folder.path / "summary.md").read_text(), "what was there before\n" + text)
        self.expect_text(run, "::error title=threshold iterations::count>9: count=4")
        self.expect_text(run, "::warning title=check odd::2 of 4 failed")
        report = json.loads((self.folder.path / "out.json").read_text())
        self.assertEqual((report["verdict"], report["code"]), ("failed", 99))
        self.assertEqual(report["summary"], run.export)

    def test_a_run_that_was_none_has_one_too(self):
        run = self.run_script("throw new Error('broken');", "--report", "junit=out.xml")
        self.assertNotEqual(run.code, 0)
        self.assertIn("broken", ElementTree.parse(self.folder.path / "out.xml").getroot().find(".//error").get("message"))

    def test_wrong_ones(self):
        self.expect_one_error(self.run_script(self.SCRIPT, "--report", "html"), 104, "--report wants html, junit, md, github, json, brief or metrics")
        run = self.run_script(self.SCRIPT.replace(", 'count>9'", ""), "--report", "md=/nonexistent/x")
        self.expect_code(run, 255)
        self.expect_text(run, "failed to save the report: could not open '/nonexistent/x': No such file or directory")


class ThresholdsOfAPart(harness.Case):
    """window, warmup, minSamples and level."""

    SCRIPT = """import { sleep } from 'k6'; import { Trend } from 'k6/metrics'; const delays = new Trend('delays');
        export const options = { vus: 1, duration: '5s', thresholds: { delays: [%s] } }; const began = Date.now();
        export default function () { delays.add(Date.now() - began < 1500 ? 100 : 1); sleep(0.1); }"""

    def verdict(self, threshold, code):
        path = self.folder.path / "verdict.json"
        run = self.run_script(self.SCRIPT % threshold, "--verdict-file", str(path))
        self.expect_code(run, code)
        return run, json.loads(path.read_text())["thresholds"][0]

    def test_a_warmup_is_left_out(self):
        self.verdict("'max<50'", 99)
        run, verdict = self.verdict("{ threshold: 'max<50', warmup: '3s' }", 0)
        self.assertEqual((verdict["ok"], verdict["note"]), (True, "after 3s"))
        self.expect_text(run, "'max<50' max=1 (after 3s)")

    def test_a_window_that_was_crossed_stays_so(self):
        self.verdict("{ threshold: 'avg<99', window: '1s' }", 99)
        self.verdict("{ threshold: 'avg<50', window: '1s', warmup: '3s' }", 0)

    def test_too_few_samples_and_warnings(self):
        _, verdict = self.verdict("{ threshold: 'max<50', minSamples: 1000 }", 0)
        self.assertRegex(verdict["note"], "not judged: [0-9]+ of 1000 samples")
        _, verdict = self.verdict("{ threshold: 'max<50', level: 'warn' }", 0)
        self.assertEqual((verdict["ok"], verdict["level"]), (False, "warn"))

    def test_exit_codes_of_their_own(self):
        _, verdict = self.verdict("{ threshold: 'max<50', exitCode: 42 }", 42)
        self.assertEqual((verdict["ok"], verdict["exit_code"]), (False, 42))
        self.assertEqual(json.loads((self.folder.path / "verdict.json").read_text())["code"], 42)
        self.verdict("{ threshold: 'max<500', exitCode: 42 }", 0)
        self.verdict("{ threshold: 'max<50', exitCode: 42 }, { threshold: 'min<0', exitCode: 17 }", 42)
        self.verdict("{ threshold: 'max<50', exitCode: 42 }, 'min<0'", 99)

    def test_an_exit_code_of_the_one_that_stops_the_run(self):
        # Crossed while it ran, and no longer at the end.
        run = self.run_script("""
            import { sleep } from 'k6'; import { Rate } from 'k6/metrics';
            const good = new Rate('good');
            export const options = { iterations: 1, thresholds: {
                good: [{ threshold: 'rate>0.5', abortOnFail: true, exitCode: 113 }] } };
            export default function () { good.add(false); sleep(30); }
            export function teardown() { for (let i = 0; i < 9; ++i) good.add(true); }""")
        self.expect_code(run, 113)
        self.expect_text(run, "at least one has abortOnFail enabled")

    def test_wrong_ones(self):
        for field in ("window: '20m'", "level: 'info'", "minSamples: -1", "exitCode: 108"):
            run = self.run_script(self.SCRIPT % ("{ threshold: 'max<50', %s }" % field))
            self.expect_one_error(run, 104, field.split(":")[0])


class Phases(harness.Case):
    """The tag `phase`, which no script sets."""

    def values(self, flags, options, own=""):
        run = self.run_script("""
            import { sleep } from 'k6'; import { Counter } from 'k6/metrics'; const n = new Counter('nn');
            export const options = { vus: 2, duration: '4s', %s };
            export function setup() { n.add(1000); }
            export default function () { n.add(1%s); sleep(0.1); }
            export function teardown() { n.add(2000); }""" % (options, own), "--agents", "2", *flags)
        self.expect_code(run, 0)
        return {name[9:-1]: entry["count"] for name, entry in run.export["metrics"].items()
                if name.startswith("nn{phase:")}, run

    NAMED = "thresholds: { %s }" % ", ".join(
        "'nn{phase:%s}': ['count>=0']" % phase for phase in ("setup", "warmup", "steady", "teardown", "mine"))

    def test_a_threshold_that_names_one_is_enough(self):
        counts, run = self.values([], self.NAMED)
        iterations = run.export["metrics"]["iterations"]["count"]
        self.assertEqual((counts["setup"], counts["teardown"], counts["mine"]), (1000, 2000, 0))
        self.assertEqual((counts["warmup"], counts["steady"]), (0, iterations))

    def test_a_warmup(self):
        counts, run = self.values(["--warmup", "2s"], self.NAMED)
        iterations = run.export["metrics"]["iterations"]["count"]
        self.assertEqual(counts["warmup"] + counts["steady"], iterations)
        self.assertGreater(counts["warmup"], 5)
        self.assertGreater(counts["steady"], 5)
        self.assertEqual((counts["setup"], counts["teardown"]), (1000, 2000))

    def test_a_scripts_own_tag_counts(self):
        counts, run = self.values([], self.NAMED, ", { phase: 'mine' }")
        self.assertEqual((counts["mine"], counts["steady"]), (run.export["metrics"]["iterations"]["count"], 0))

    def test_no_tag_where_nobody_asks(self):
        file = self.folder.path / "out.json"
        for options, there in (("", False), ("systemTags: ['phase']", True), ("warmup: '1s'", True)):
            self.values(["--out", "json=%s" % file], options)
            points = [json.loads(line) for line in file.read_text().splitlines() if '"Point"' in line]
            phases = {one["data"]["tags"].get("phase") for one in points if one["metric"] == "nn"}
            wanted = {"setup", "steady", "teardown"} if there else {None}
            self.assertEqual(phases - {"warmup"}, wanted, options)


if __name__ == "__main__":
    sys.exit(unittest.main())
