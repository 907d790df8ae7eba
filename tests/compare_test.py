"""Does scripts/compare_k6 see what it is there to see? What it does without k6 and loadctl.

    PYTHONPATH=tests/support python3 tests/compare_test.py [-v]
"""

import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import unittest

import comparison
import starts

ROOT = pathlib.Path(__file__).resolve().parents[1]
SCRIPTS = ROOT / "tests" / "conformance"
TOLERANCE = 15


def rate(a_second, seconds=4.0):
    """When a constant rate starts iterations, in ms."""
    return [1000 * n / a_second for n in range(round(a_second * seconds))]


def ramp(late=0):
    """When VUs that start one after the other for a second start iterations of 200 ms, for three seconds."""
    return sorted(at for vu in range(6) for at in range(late + 170 * vu, 3000, 200))


def problems(theirs, ours):
    return starts.compared({"s": sorted(theirs)}, {"s": sorted(ours)}, TOLERANCE)[1]


def lines(begun, times, name="s"):
    return ["info: start %s %d %.3f" % (name, begun + at, begun) for at in times]


class Names:
    """Stands for servers without addresses."""

    @staticmethod
    def named(text):
        return text


class Starts(unittest.TestCase):
    def test_a_few_late_ones_and_noise_are_alike(self):
        chance = random.Random(4)
        noisy = [at + chance.uniform(0, 5) for at in rate(70)]
        noisy[100:120] = [at + 60 for at in noisy[100:120]]
        self.assertEqual(problems(rate(70), noisy), [])

    def test_rate_off_by_three_percent(self):
        self.assertTrue(problems(rate(70), rate(70 * 1.03)))
        self.assertTrue(problems(rate(70), rate(70 * 0.97)))

    def test_ramp_half_a_second_late(self):
        self.assertTrue(problems(ramp(), ramp(late=500)))

    def test_all_late_by_little(self):
        self.assertTrue(problems(rate(70), [at + 20 for at in rate(70)]))

    def test_one_late_by_much(self):
        self.assertTrue(problems(rate(7), rate(7)[:-1] + [rate(7)[-1] + 500]))

    def test_agent_that_begins_late(self):
        theirs, _ = starts.taken_from(lines(5000, rate(20)))
        ours, _ = starts.taken_from(lines(9000, rate(20)[::2]) + lines(9100, rate(20)[1::2]))
        self.assertTrue(starts.compared(theirs, ours, TOLERANCE)[1])

    def test_scenario_that_begins_late(self):
        theirs, _ = starts.taken_from(lines(5000, rate(20), "one") + lines(6000, rate(20), "two"))
        ours, _ = starts.taken_from(lines(9000, rate(20), "one") + lines(10100, rate(20), "two"))
        found = starts.compared(theirs, ours, TOLERANCE)[1]
        self.assertEqual(len(found), 1, found)
        self.assertIn("80 starts of two", found[0])

    def test_zero_does_not_matter_other_lines_stay(self):
        theirs, others = starts.taken_from(lines(5000, rate(20)) + ["info: start", "info: something else"])
        self.assertEqual(others, ["info: start", "info: something else"])
        self.assertEqual(starts.compared(theirs, starts.taken_from(lines(7000, rate(20)))[0], 1)[1], [])

    def test_stall_goes_away_with_another_run_and_an_error_stays(self):
        def stalled(first, last, times):
            return {"s": sorted(times[last] if first <= n <= last else at for n, at in enumerate(times))}
        right = {"s": rate(70)}
        runs = [stalled(20, 80, rate(70)), stalled(150, 200, rate(70))]
        self.assertTrue(starts.compared(right, runs[0], TOLERANCE)[1])
        self.assertEqual(starts.compared(right, starts.earliest(runs), TOLERANCE)[1], [])
        wrong = [stalled(20, 80, rate(68)), stalled(150, 200, rate(68)), {"s": rate(68)}]
        self.assertTrue(starts.compared(right, starts.earliest(wrong), TOLERANCE)[1])

    def test_no_starts_are_no_agreement(self):
        self.assertTrue(starts.compared({}, {}, TOLERANCE)[1])


class Facts(unittest.TestCase):
    @staticmethod
    def summary(iterations, passes):
        check = {"path": "::there", "passes": passes, "fails": 1}
        return {"metrics": {"iterations": {"count": iterations}, "vus": {"value": 1}},
                "root_group": {"checks": {"there": check}, "groups": {}}}

    def test_parts_add_up_to_the_whole(self):
        log = '{"level":"info","source":"console","msg":"%s"}\n{"level":"warning","msg":"few VUs\\nmore"}\n'
        parts = [(0, log % "b", self.summary(3, 2), ""), (0, log % "a", self.summary(4, 5), "")]
        facts = comparison.facts(parts, {"segments": "why"}, Names)
        self.assertEqual(facts["exit code"], ["0"])
        self.assertEqual(facts["counts"], ["iterations 7"])
        self.assertEqual(facts["checks"], ["::there 7 2"])
        self.assertEqual(facts["console"], ["info: a", "info: b"])
        self.assertEqual(facts["errors and warnings"], ["warning: few VUs"])

    def test_each_part_that_differs_is_told(self):
        said = {"starts": TOLERANCE}
        log = "".join('{"level":"info","source":"console","msg":"start s %d 0.000"}\n' % at for at in range(3))
        one = comparison.facts([(0, log, self.summary(3, 2), "")], said, Names)
        other = comparison.facts([(99, log + log, self.summary(4, 2), "")], said, Names)
        told = "\n".join(comparison.difference(one, other))
        for part in ("exit code", "counts", "numbers of starts"):
            self.assertIn(part + " differ", told)
        self.assertEqual(list(comparison.difference(one, one)), [])
        self.assertEqual(one["console"], [])


class Scripts(unittest.TestCase):
    def test_every_executor_of_k6_has_its_starts_compared(self):
        compared = set()
        for script in SCRIPTS.glob("*.js"):
            said = comparison.directives(script)
            self.assertEqual("starts" in said, "started()" in script.read_text(), script)
            if "starts" in said:
                self.assertLessEqual(said["starts"], 25, script)
                compared.update(re.findall(r"executor: '([\w-]+)'", script.read_text()))
        self.assertEqual(compared, {"constant-vus", "ramping-vus", "per-vu-iterations", "shared-iterations",
                                    "constant-arrival-rate", "ramping-arrival-rate"})

    def test_without_k6_it_says_so(self):
        with tempfile.TemporaryDirectory() as empty:
            env = {name: value for name, value in os.environ.items() if name != "K6"} | {"PATH": empty}
            done = subprocess.run([sys.executable, ROOT / "scripts" / "compare_k6"], env=env, capture_output=True,
                                  text=True, timeout=30, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("skipped, there is no k6", done.stdout)


if __name__ == "__main__":
    unittest.main()
