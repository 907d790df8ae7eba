"""The numbers are right however many agents there are: what the target counted, what was planned, what was shown."""

import sys
import unittest

import harness

HTTP = """
import http from 'k6/http';
export const options = %s;
export default function () { http.get(__ENV.TARGET); }
"""


class Counts(harness.Case):
    def setUp(self):
        super().setUp()
        self.nginx = self._enter(harness.Nginx())

    def load(self, options, agents, *flags):
        """A run against nginx whose counts agree with nginx's own."""
        before = self.nginx.requests()
        run = self.run_script(HTTP % options, "--agents", agents, "-e", "TARGET=" + self.nginx.url, *flags)
        self.expect_code(run, 0)
        self.expect_balanced(run, agents)
        requests = run.count("http_reqs")
        harness.wait_until(lambda: self.nginx.requests() - before >= requests, what="nginx's count")
        self.assertEqual(self.nginx.requests() - before, requests, str(run))
        self.assertEqual(run.metric("http_req_failed")["passes"], 0, str(run))
        return run

    def test_constant_vus_for_a_duration(self):
        for agents in (1, 2, 3, 7):
            with self.subTest(agents=agents):
                run = self.load("{ vus: 7, duration: '1s', minIterationDuration: '20ms' }", agents)
                self.assertGreater(run.count("http_reqs"), 7)
                self.assertEqual(run.metric("vus_max")["max"], 7, str(run))

    def test_shared_iterations_are_done_once(self):
        for agents in (1, 2, 3, 7):
            with self.subTest(agents=agents):
                run = self.load("{ vus: 14, iterations: 300 }", agents)
                self.assertEqual(run.count("iterations"), 300, str(run))
                self.assertEqual(run.count("http_reqs"), 300, str(run))

    def test_per_vu_iterations(self):
        for agents in (1, 2, 3, 7):
            with self.subTest(agents=agents):
                run = self.load("{ scenarios: { a: { executor: 'per-vu-iterations', vus: 9, iterations: 11 } } }", agents)
                self.assertEqual(run.count("iterations"), 99, str(run))

    def test_more_agents_than_vus(self):
        run = self.load("{ vus: 2, iterations: 10 }", 5)
        self.assertEqual(run.count("iterations"), 10, str(run))

    def test_workers_do_not_change_counts(self):
        for workers in (1, 2, 5):
            with self.subTest(workers=workers):
                run = self.load("{ vus: 5, iterations: 40 }", 2, "--workers", workers)
                self.assertEqual(run.count("iterations"), 40, str(run))

    def test_numbers_of_vus_and_iterations_are_those_of_one_instance(self):
        script = """
import exec from 'k6/execution';
export const options = { scenarios: { a: { executor: 'per-vu-iterations', vus: 6, iterations: 2 } } };
export default function () {
  console.log(`vu=${exec.vu.idInTest} iteration=${exec.scenario.iterationInTest}`);
}
"""
        run = self.run_script(script, "--agents", 3)
        self.expect_code(run, 0)
        for number in range(1, 7):
            self.assertEqual(run.stderr.count('msg="vu=%d ' % number), 2, str(run))
        for number in range(12):
            self.assertEqual(run.stderr.count(' iteration=%d"' % number), 1, str(run))

    def test_checks_groups_and_custom_metrics_add_up(self):
        script = """
import { check, group } from 'k6';
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';
const counter = new Counter('my_counter'), rate = new Rate('my_rate'), trend = new Trend('my_trend');
new Gauge('my_gauge');
export const options = { vus: 6, iterations: 60 };
export default function () {
  check(1, { always: true, 'every second': __ITER % 2 === 0 });
  group('inner', () => check(1, { nested: true }));
  counter.add(2);
  rate.add(__ITER % 2);
  trend.add(7);
}
"""
        run = self.run_script(script, "--agents", 3)
        self.expect_code(run, 0)
        self.assertEqual(run.count("my_counter"), 120)
        self.assertEqual(run.metric("my_rate")["passes"] + run.metric("my_rate")["fails"], 60)
        self.assertEqual((run.metric("my_trend")["min"], run.metric("my_trend")["max"]), (7, 7))
        root = run.export["root_group"]
        self.assertEqual(root["checks"]["always"]["passes"], 60, str(run))
        checks = root["checks"]["every second"]
        self.assertEqual(checks["passes"] + checks["fails"], 60, str(run))
        self.assertEqual(root["groups"]["inner"]["checks"]["nested"]["passes"], 60, str(run))
        self.assertEqual(run.metric("checks")["passes"] + run.metric("checks")["fails"], 180, str(run))


class Export(harness.Case):
    def test_shape_of_the_summary_export(self):
        run = self.run_script("""
import { check } from 'k6';
export const options = { vus: 2, iterations: 4, thresholds: { checks: ['rate>0.5'], iterations: ['count>100'] } };
export function setup() { return { a: 1 }; }
export default function () { check(1, { fine: true }); }
""", "--agents", 2)
        self.expect_code(run, 99)
        self.assertEqual(set(run.export), {"root_group", "metrics", "setup_data", "loadctl"}, str(run))
        self.assertEqual(run.export["setup_data"], {"a": 1})
        self.assertEqual(run.metric("checks")["thresholds"], {"rate>0.5": False})
        self.assertEqual(run.metric("iterations")["thresholds"], {"count>100": True})
        self.assertEqual(set(run.metric("iteration_duration")), {"avg", "min", "med", "max", "p(90)", "p(95)"})
        check = run.export["root_group"]["checks"]["fine"]
        self.assertEqual((check["path"], check["passes"], check["fails"]), ("::fine", 4, 0))
        self.expect_balanced(run, 2)
        for entry in run.export["loadctl"]["ledger"]:
            self.assertEqual(entry["deltas_sent"], entry["deltas_merged"], entry)

    def test_setup_data_of_20_mb_reaches_every_agent(self):
        run = self.run_script("""
export const options = { vus: 3, iterations: 3 };
export function setup() { return 'x'.repeat(20 * 1000 * 1000); }
export default function (data) {
  if (data.length !== 20 * 1000 * 1000) throw new Error('short: ' + data.length);
}
export function teardown(data) { console.log('teardown has ' + data.length); }
""", "--agents", 3)
        self.expect_code(run, 0)
        self.expect_text(run, "teardown has 20000000")
        self.assertEqual(run.count("iterations"), 3)
        self.assertEqual(run.errors(), [], str(run))


class Bodies(harness.Case):
    def test_discarded_body_of_one_gigabyte(self):
        nginx = self._enter(harness.Nginx())
        url = nginx.sparse_file("big", 1 << 30)
        run = self.run_script("""
import http from 'k6/http';
export const options = { vus: 1, iterations: 1, discardResponseBodies: true };
export default function () {
  const res = http.get(__ENV.BIG, { timeout: '60s' });
  if (res.status !== 200 || res.body !== null) throw new Error('status ' + res.status + ' ' + res.error);
}
""", "-e", "BIG=" + url)
        self.expect_code(run, 0)
        self.assertEqual(run.errors(), [], str(run))
        self.assertGreaterEqual(run.count("data_received"), 1 << 30)


if __name__ == "__main__":
    sys.exit(unittest.main())
