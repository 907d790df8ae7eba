"""Every executor starts the iterations it was asked for, however many agents and workers there are."""

import json
import os
import re
import signal
import sys
import time
import unittest

import harness

NUMBERS = """
import exec from 'k6/execution';
import { sleep } from 'k6';
export const options = { scenarios: { a: %s } };
export default function () {
  console.log(`n=${exec.scenario.iterationInTest} vu=${exec.vu.idInTest}`);
  sleep(%s);
}
"""


class Executors(harness.Case):
    def numbers(self, scenario, agents, *flags, pause="0"):
        """A run's export, and the iteration and VU numbers that its iterations had."""
        run = self.run_script(NUMBERS % (scenario, pause), "--agents", agents, *flags)
        self.expect_code(run, 0)
        self.expect_balanced(run, agents)
        found = re.findall(r'msg="n=(\d+) vu=(\d+)"', run.stderr)
        numbers = [int(n) for n, _ in found]
        self.assertEqual(len(numbers), len(set(numbers)), str(run))
        self.assertEqual(len(numbers), run.count("iterations"), str(run))
        return run, sorted(numbers), {int(vu) for _, vu in found}

    def dropped(self, run):
        return run.count("dropped_iterations") if "dropped_iterations" in run.export["metrics"] else 0

    def test_constant_arrival_rate_is_its_count(self):
        for agents in (1, 2, 3, 7, 16):
            with self.subTest(agents=agents):
                run, numbers, _ = self.numbers(
                    "{ executor: 'constant-arrival-rate', rate: 100, duration: '2s', preAllocatedVUs: 32 }", agents)
                self.assertEqual(numbers, list(range(200)), str(run))
                self.assertEqual(self.dropped(run), 0, str(run))

    def test_ramping_arrival_rate_is_the_integral(self):
        scenario = """{ executor: 'ramping-arrival-rate', startRate: 20, preAllocatedVUs: 32,
          stages: [{ duration: '1s', target: 100 }, { duration: '1s', target: 0 }] }"""
        for agents in (1, 3, 16):
            with self.subTest(agents=agents):
                run, numbers, _ = self.numbers(scenario, agents)
                self.assertEqual(numbers, list(range(110)), str(run))

    def test_a_tick_without_idle_vu_is_dropped_whatever_the_workers(self):
        scenario = """{ executor: 'constant-arrival-rate', rate: 20, duration: '1s', preAllocatedVUs: 8,
          gracefulStop: '5s' }"""
        for agents, workers in ((1, 1), (1, 2), (1, 8), (2, 2), (3, 1)):
            with self.subTest(agents=agents, workers=workers):
                run, numbers, vus = self.numbers(scenario, agents, "--workers", workers, pause="3")
                self.assertEqual(len(numbers), 8, str(run))
                self.assertEqual(vus, set(range(1, 9)), str(run))
                self.assertEqual(self.dropped(run), 12, str(run))
                if agents == 1:
                    self.assertEqual(numbers, list(range(8)), str(run))

    def test_missing_vus_are_made_while_the_test_runs(self):
        run, numbers, vus = self.numbers(
            "{ executor: 'constant-arrival-rate', rate: 20, duration: '3s', preAllocatedVUs: 1, maxVUs: 9 }",
            2, pause="0.25")
        self.assertEqual(len(numbers) + self.dropped(run), 60, str(run))
        self.assertGreater(self.dropped(run), 0, str(run))
        self.assertGreater(len(vus), 1, str(run))
        self.assertLessEqual(len(vus), 9, str(run))
        self.assertEqual(run.metric("vus_max")["max"], len(vus) if len(vus) > 2 else 2, str(run))

    def test_a_vu_that_cannot_be_made_does_the_others_no_harm(self):
        for flags in ([], ["--vus-per-isolate", 16], ["--workers", 2, "--vus-per-isolate", 1]):
            with self.subTest(flags=flags):
                run = self.run_script("""
import exec from 'k6/execution';
import { sleep } from 'k6';
export const options = { scenarios: { a: { executor: 'constant-arrival-rate', rate: 50, duration: '3s',
  preAllocatedVUs: 2, maxVUs: 12, gracefulStop: '20s' } } };
if (__VU === 5) throw new Error('no fifth');
export default function () { console.log(`vu=${exec.vu.idInTest}`); sleep(5); }
""", *flags)
                self.expect_code(run, 0)
                self.expect_balanced(run, 1)
                self.assertEqual({int(vu) for vu in re.findall(r"vu=(\d+)", run.stderr)}, set(range(1, 13)) - {5},
                                 str(run))
                self.assertEqual(run.count("iterations"), 11, str(run))
                self.assertEqual(self.dropped(run), 139, str(run))
                self.assertEqual(run.stderr.count("Error while allocating unplanned VU"), 1, str(run))
                self.assertRegex(run.stderr, r'error="Error: no fifth\\n\\tat file:.*:6:23\\n" '
                                 'executor=constant-arrival-rate scenario=a')
                self.assertEqual(run.stderr.count("Insufficient VUs, reached 12 active VUs"), 1, str(run))

    def test_more_iterations_than_numbers_are_counted_as_the_most(self):
        run = self.run_script("""
import { sleep } from 'k6';
export const options = { scenarios: { a: { executor: 'per-vu-iterations', vus: 3, iterations: 9000000000000000000,
  maxDuration: '1s' } } };
export default function () { sleep(0.1); }
""")
        self.expect_code(run, 0)
        entry = run.export["loadctl"]["ledger"][0]
        self.assertTrue(entry["balanced"], str(run))
        self.assertEqual(entry["started"], entry["complete"], str(run))
        self.assertEqual((entry["planned"], entry["dropped"]), (2**63 - 1, 2**63 - 1), str(run))

    def test_lack_of_vus_is_warned_of_once(self):
        run, _, _ = self.numbers(
            "{ executor: 'constant-arrival-rate', rate: 50, duration: '1s', preAllocatedVUs: 2 }", 1, pause="1")
        self.assertEqual(run.stderr.count("Insufficient VUs, reached 2 active VUs and cannot initialize more"), 1,
                         str(run))

    def test_ramping_vus_follow_the_stages(self):
        scenario = """{ executor: 'ramping-vus', startVUs: 0, gracefulRampDown: '1s',
          stages: [{ duration: '1s', target: 10 }, { duration: '1s', target: 10 }, { duration: '1s', target: 0 }] }"""
        for agents in (1, 2, 7):
            with self.subTest(agents=agents):
                run, numbers, vus = self.numbers(scenario, agents, pause="0.05")
                # 5 + 10 + 5 VU-seconds at 20 iterations a second and VU.
                self.assertAlmostEqual(len(numbers), 400, delta=60, msg=str(run))
                self.assertEqual(vus, set(range(1, 11)), str(run))
                self.assertEqual(run.metric("vus")["max"], 10, str(run))

    def test_vus_that_must_go_are_cut_after_graceful_ramp_down(self):
        run = self.run_script("""
import { sleep } from 'k6';
export const options = { scenarios: { a: { executor: 'ramping-vus', startVUs: 4, gracefulRampDown: '500ms',
  stages: [{ duration: '500ms', target: 4 }, { duration: '0s', target: 1 }, { duration: '1s', target: 1 }] } } };
export default function () { sleep(10); }
""")
        self.expect_code(run, 0)
        entry = run.export["loadctl"]["ledger"][0]
        self.assertEqual((entry["started"], entry["interrupted"]), (4, 3), str(run))
        self.assertLess(run.seconds, 35, str(run))

    def test_a_vu_that_is_wanted_again_goes_on(self):
        run, numbers, vus = self.numbers(
            """{ executor: 'ramping-vus', startVUs: 2, gracefulRampDown: '5s', stages: [
              { duration: '500ms', target: 2 }, { duration: '0s', target: 0 }, { duration: '300ms', target: 0 },
              { duration: '0s', target: 2 }, { duration: '2s', target: 2 }] }""", 1, pause="1.2")
        # The first iterations (0 to 1.2 s) span the time without VUs, and nobody else takes over.
        self.assertEqual(len(numbers), 6, str(run))
        self.assertEqual(vus, {1, 2}, str(run))

    def test_scenarios_one_after_another_share_vus(self):
        run = self.run_script("""
import exec from 'k6/execution';
import { sleep } from 'k6';
const common = { preAllocatedVUs: 4, rate: 20, duration: '1s', executor: 'constant-arrival-rate', gracefulStop: '0s' };
export const options = { scenarios: {
  a: { ...common }, b: { ...common, startTime: '1s', tags: { x: 'b' }, env: { WHO: 'b' } },
  c: { executor: 'per-vu-iterations', vus: 4, iterations: 2, startTime: '2s', exec: 'other' } } };
export default function () { console.log(`${exec.scenario.name} ${__ENV.WHO} ${exec.vu.idInTest}`); }
export function other() { console.log(`c ${__ENV.WHO} ${exec.vu.idInTest}`); }
""", "--agents", 2)
        self.expect_code(run, 0)
        self.assertEqual(run.metric("vus_max")["max"], 4, str(run))
        self.assertEqual(run.count("iterations"), 48, str(run))
        self.assertEqual(run.stderr.count("c undefined "), 8, str(run))
        self.assertEqual(run.stderr.count("b b "), 20, str(run))

    def test_an_agent_without_cpu_to_spare_is_named(self):
        # 4 ms of computing, 1,000 times a second: more than two cores have.
        run = self.run_script("""
export const options = { scenarios: { a: { executor: 'constant-arrival-rate', rate: 1000, duration: '4s',
  preAllocatedVUs: 4, maxVUs: 4, gracefulStop: '1s' } } };
export default function () { const end = Date.now() + 4; while (Date.now() < end); }
""")
        cpu = run.export["loadctl"]["ledger"][0]["cpu"]
        self.assertGreater(cpu["saturated"], 0.5, str(run))
        self.assertGreater(cpu["used"] + cpu["waited"], 0.5, str(run))
        self.assertRegex(run.stderr, "the generator itself was the bottleneck: agent 1 of 1: .*"
                                     r"its workers had no CPU to spare for \d+ % of the time", str(run))

    def test_ticks_that_start_together_start_none_early(self):
        for rate, workers in ((20000, 1), (20000, 2), (100000, 1)):
            with self.subTest(rate=rate, workers=workers):
                run = self.run_script("""
export const options = { thresholds: { loadctl_start_lag: ['min>=0'] }, scenarios: { a: {
  executor: 'constant-arrival-rate', rate: %d, duration: '1s', preAllocatedVUs: 50 } } };
export default function () {}
""" % rate, "--workers", workers)
                self.expect_code(run, 0)
                self.expect_balanced(run, 1)
                self.assertEqual(run.count("iterations") + self.dropped(run), rate, str(run))

    def test_late_ticks_of_a_stopped_agent_start_at_once(self):
        script = self.folder.script("""
export const options = { scenarios: { a: { executor: 'constant-arrival-rate', rate: 50, duration: '5s',
  preAllocatedVUs: 10 } } };
export default function () {}
""")
        with harness.Started("run", "--agents", "1", script) as started:
            harness.wait_until(lambda: re.search(r"running \(0[1-4]", started.text()), 20, "the second second")
            agent = started.agents()[0]
            os.kill(agent, signal.SIGSTOP)
            time.sleep(3)
            os.kill(agent, signal.SIGCONT)
            run = started.finish()
        self.expect_code(run, 0)
        self.assertEqual(run.count("iterations") + self.dropped(run), 250, str(run))
        self.assertGreater(run.count("iterations"), 240, str(run))
        self.assertGreater(run.export["loadctl"]["start_lag"]["max"], 1000, str(run))

    def test_load_that_was_not_there_is_said(self):
        script = self.folder.script("""
import { sleep } from 'k6';
export const options = { vus: 4, duration: '8s' };
export default function () { sleep(0.05); }
""")
        verdict = self.folder.path / "verdict.json"
        with harness.Started("run", "--agents", "1", "--fail-on", "missed-rate", "--verdict-file", str(verdict),
                             script) as started:
            harness.wait_until(lambda: re.search(r"running \(0[1-4]", started.text()), 20, "the second second")
            agent = started.agents()[0]
            os.kill(agent, signal.SIGSTOP)
            time.sleep(3)
            os.kill(agent, signal.SIGCONT)
            run = started.finish()
        self.expect_code(run, 112)
        self.assertIn("its VUs stood still for", run.stderr)
        self.assertIn("missed-rate: agent 1 stood still for", run.stderr)
        self.assertGreater(json.loads(verdict.read_text())["agents"][0]["cpu"]["stalled"], 0.2)
        self.assertGreater(run.export["loadctl"]["ledger"][0]["cpu"]["stalled"], 0.2)


if __name__ == "__main__":
    sys.exit(unittest.main())
