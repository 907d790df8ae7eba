"""--summary-mode=full and --new-machine-readable-summary. k6's own bytes: scripts/compare_look."""

import json
import unittest

import harness
import target

SCRIPT = (harness.ROOT / "tests" / "golden" / "scripts" / "groups_and_scenarios.js").read_text()


def sections(text):
    """The titles of the summary's parts, as they are indented."""
    return [line.rstrip() for line in text.splitlines() if "█ " in line or "↳ GROUP" in line]


class Full(harness.Case):
    EXPECTED = ["  █ THRESHOLDS", "  █ TOTAL RESULTS", "  █ GROUP: 7", "  █ GROUP: setup", "    ↳ GROUP: inside",
                "  █ GROUP: zeta", "    ↳ GROUP: inner", "      ↳ GROUP: deepest", "  █ GROUP: alpha",
                "  █ SCENARIO: a_one", "    ↳ GROUP: g one", "      ↳ GROUP: sub", "  █ SCENARIO: b_two"]

    def test_groups_and_scenarios_by_themselves(self):
        for agents in ("1", "2"):
            run = self.run_script(SCRIPT, "--summary-mode", "full", "--agents", agents, "-e",
                                  "BASE_URL=" + target.start())
            self.expect_code(run, 0)
            self.assertEqual(sections(run.stdout), self.EXPECTED)
            deepest = run.stdout[run.stdout.index("GROUP: deepest"):run.stdout.index("GROUP: alpha")]
            self.assertIn("checks_succeeded...: 66.66% 4 out of 6", deepest)
            self.assertIn("\n        ✗ deep bad\n              ↳  33% — ✓ 1 / ✗ 2\n", deepest)
            one = run.stdout[run.stdout.index("SCENARIO: a_one"):run.stdout.index("SCENARIO: b_two")]
            self.assertRegex(one, r"\n    iterations\.+: 2 ")

    def test_nothing_of_it_otherwise(self):
        run = self.run_script(SCRIPT, "-e", "BASE_URL=" + target.start())
        self.assertEqual(sections(run.stdout), self.EXPECTED[:2])

    def test_many_groups_are_bounded_and_lose_nothing(self):
        run = self.run_script("""import { group } from 'k6'; import { Counter } from 'k6/metrics';
            const c = new Counter('things'); export const options = { iterations: 2000 };
            export default function () { group('g' + __ITER, () => c.add(1)); }""", "--summary-mode", "full")
        self.expect_code(run, 0)
        found = [line for line in run.stdout.splitlines() if "things" in line]
        self.assertLess(len(found), 1100)
        self.assertEqual(sum(int(line.split(": ")[1].split()[0]) for line in found[1:]), 2000)
        self.assertIn("GROUP: (other)", run.stdout)

    def test_a_record_has_it(self):
        record = self.folder.path / "run.record"
        live = self.run_script(SCRIPT, "-q", "--summary-mode", "full", "--record", str(record), "-e",
                               "BASE_URL=" + target.start())
        again = harness.loadctl("report", str(record), "--summary-mode", "full", export=False)
        self.assertEqual(again.stdout, live.stdout)


class MachineReadable(harness.Case):
    SCRIPT = """import { check } from 'k6'; export const options = { iterations: 4 };
        export default function () { check(__ITER, { even: (i) => i % 2 === 0 }); }"""

    def test_export(self):
        export = self.folder.path / "summary.json"
        run = self.run_script(self.SCRIPT, "--new-machine-readable-summary", "--summary-export", str(export), export=False)
        self.expect_code(run, 0)
        data = json.loads(export.read_text())
        self.assertEqual(list(data), ["config", "metadata", "results", "version"])
        self.assertEqual(data["config"]["script"], self.SCRIPT)
        self.assertEqual(data["results"]["checks"]["results"], [{"fails": 2, "name": "even", "passes": 2}])
        self.assertEqual(data["results"]["checks"]["metrics"][1],
                         {"contains": "default", "name": "checks_failed", "type": "rate",
                          "values": {"matches": 2, "rate": 0.5, "total": 4}})
        metrics = {metric["name"]: metric for metric in data["results"]["metrics"]}
        self.assertEqual(metrics["iterations"]["values"], {"count": 4})
        self.assertEqual(list(metrics["iteration_duration"]["values"]), ["avg", "max", "med", "min", "p90", "p95"])

    def test_handle_summary_gets_it(self):
        run = self.run_script(self.SCRIPT + "export function handleSummary(data) { return { stdout: "
                              "data.version + ' ' + data.results.checks.results[0].name }; }",
                              "--new-machine-readable-summary", "--agents", "2")
        self.assertIn("1.0.0 even", run.stdout)


if __name__ == "__main__":
    unittest.main()
