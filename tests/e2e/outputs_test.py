"""Outputs: what each run of loadctl writes or sends, held against its summary and against real backends."""

import collections
import csv
import gzip
import json
import os
import pathlib
import re
import subprocess
import unittest

import backends
import harness
import remote

# Six iterations over all agents, with everything that tells samples apart.
SCRIPT = """
import { check, group } from 'k6';
import exec from 'k6/execution';
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';
import http from 'k6/http';
const c = new Counter('my_counter'), g = new Gauge('my_gauge'), r = new Rate('my_rate'), t = new Trend('my_trend', true);
export const options = {
  scenarios: { s: { executor: 'shared-iterations', vus: 3, iterations: 6, tags: { sc: 'x' } } },
  tags: { run: 'r' },
  thresholds: { 'my_counter{call:1}': ['count==6'], my_trend: [{ threshold: 'avg>0', abortOnFail: true, delayAbortEval: '9s' }] },
};
export function setup() { c.add(100); }
export default function () {
  exec.vu.metrics.metadata.trace = 'abc';
  group('g', () => {
    c.add(1, { call: 1 });
    check(1, { ok: () => true, odd: exec.scenario.iterationInTest % 2 === 1 });
  });
  g.add(exec.scenario.iterationInTest); r.add(exec.scenario.iterationInTest < 3); t.add(0.1); t.add(2.5);
  if (__ENV.TARGET) http.get(__ENV.TARGET);
}
"""

K6 = pathlib.Path(os.environ.get("K6", "/nonexistent"))


class Outputs(harness.Case):
    def lines(self, name):
        path = self.folder.path / name
        opened = gzip.open(path, "rt") if name.endswith(".gz") else open(path)
        with opened as file:
            return [json.loads(line) for line in file]

    def points(self, name):
        return [line for line in self.lines(name) if line["type"] == "Point"]

    def expect_as_summary(self, run, points):
        """Each sample is there once: sums and counts of the points are those of the summary."""
        metrics = collections.defaultdict(list)
        for point in points:
            metrics[point["metric"]].append(point["data"]["value"])
        for name, values in metrics.items():
            summed = run.export["metrics"][name]
            if name in ("vus", "vus_max"):
                self.assertEqual(max(values), summed["max"], name)
            elif "count" in summed:
                self.assertAlmostEqual(sum(values), summed["count"], 6, name)
            elif "passes" in summed:
                self.assertEqual(len(values), summed["passes"] + summed["fails"], name)
            elif "value" in summed:
                self.assertEqual((min(values), max(values)), (summed["min"], summed["max"]), name)
            else:
                self.assertAlmostEqual(sum(values) / len(values), summed["avg"], 6, name)
        for name in ("my_counter", "my_gauge", "my_rate", "my_trend", "checks", "iterations", "iteration_duration",
                     "group_duration", "data_sent", "data_received"):
            self.assertIn(name, metrics)
        self.assertFalse([name for name in metrics if name.startswith("loadctl_")], metrics.keys())


class Json(Outputs):
    def test_every_sample_of_every_agent_once(self):
        with harness.Nginx() as target:
            run = self.run_script(SCRIPT, "--agents", "3", "-o", "json=a.json", "--out", "json=b.json.gz",
                                  "-e", "TARGET=" + target.url)
        self.expect_code(run, 0)
        self.expect_text(run, "output: json (a.json), json (b.json.gz)")
        lines = self.lines("a.json")
        self.assertEqual(self.lines("b.json.gz"), lines)
        points = self.points("a.json")
        self.expect_as_summary(run, points)
        times = [point["data"]["time"] for point in points if point["metric"] not in ("vus", "vus_max")]
        self.assertEqual(times, sorted(times))
        # A metric is described before its first sample, and once.
        described = [line["metric"] for line in lines if line["type"] == "Metric"]
        self.assertEqual(len(described), len(set(described)))
        seen = set()
        for line in lines:
            if line["type"] == "Metric":
                seen.add(line["metric"])
            self.assertIn(line["metric"], seen)
        mine = next(line for line in lines if line["metric"] == "my_trend")
        self.assertEqual(mine, {"type": "Metric", "metric": "my_trend", "data": {
            "name": "my_trend", "type": "trend", "contains": "time", "submetrics": None,
            "thresholds": [{"threshold": "avg>0", "abortOnFail": True, "delayAbortEval": "9s"}]}})

    def test_tags_and_metadata_are_k6s(self):
        run = self.run_script(SCRIPT, "--system-tags", "group,scenario,check,vu,iter", "-o", "json=a")
        self.expect_code(run, 0)
        points = self.points("a")
        setup = points[0]
        self.assertEqual((setup["metric"], setup["data"]["tags"], setup["data"]["metadata"]),
                         ("my_counter", {"group": "::setup", "run": "r"}, {"iter": "0"}))
        check = next(point for point in points if point["metric"] == "checks")
        self.assertEqual(check["data"]["tags"],
                         {"check": "ok", "group": "::g", "run": "r", "sc": "x", "scenario": "s"})
        self.assertEqual(sorted(check["data"]["metadata"]), ["iter", "trace", "vu"])

    def test_a_system_tag_that_is_off_is_neither_in_outputs_nor_in_submetrics(self):
        script = SCRIPT.replace("thresholds: {", """thresholds: {
          'my_counter{group:::g}': ['count==0'], 'my_counter{scenario:s}': ['count==0'],
          'checks{check:ok}': ['rate==0'], 'group_duration{group:::g}': ['avg==0'], 'my_counter{sc:x}': ['count==6'],""")
        run = self.run_script(script, "--system-tags", "status", "-o", "json=a")
        self.expect_code(run, 0)
        for point in self.points("a"):
            self.assertFalse(set(point["data"]["tags"]) - {"run", "sc", "call"}, point)
        # As in k6, a summary lists checks by their tag.
        self.assertNotIn("✓ ok", run.stdout)
        self.expect_text(run, "9 out of 12")

    @unittest.skipUnless(K6.exists(), "compares with the k6 that $K6 names")
    def test_the_same_lines_as_k6(self):
        script = self.folder.script(SCRIPT.replace("vus: 3", "vus: 1"))
        flags = ["--system-tags", "group,scenario,check,vu,iter,name", "-q"]
        subprocess.run([str(K6), "run", "--no-usage-report", *flags, "-o", "json=k6.json", script],
                       cwd=self.folder.path, check=True, capture_output=True)
        run = harness.loadctl("run", *flags, "-o", "json=ours.json", script, cwd=str(self.folder.path))
        self.expect_code(run, 0)

        def without_times(name):
            """Its lines, in order, without what differs from run to run."""
            found = []
            for line in (self.folder.path / name).read_text().splitlines():
                line = re.sub(r'"time":"[0-9T:.-]+Z"', '"time":"T"', line)
                if re.match(r'{"metric":"(iteration|group)_duration"', line):
                    line = re.sub(r'"value":[0-9.]+', '"value":0', line)
                found.append(line)
            return found

        self.assertEqual(without_times("ours.json"), without_times("k6.json"))

    def test_what_is_not_asked_for_is_not_there(self):
        file = self.folder.path / "out.json"
        run = self.run_script("""
            import { Trend } from 'k6/metrics'; const mine = new Trend('mine'), other = new Trend('other');
            export const options = { iterations: 6, vus: 2, outMetrics: ['mine', 'iter*', '!iterations'], outTags: ['!scenario'] };
            export default function () { mine.add(1, { id: __ITER, at: 'x' }); other.add(1); }""",
            "--agents", "2", "--out", "json=%s" % file, "--out-max-series", "2")
        self.expect_code(run, 0)
        points = [json.loads(line) for line in file.read_text().splitlines() if '"Point"' in line]
        self.assertEqual({one["metric"] for one in points}, {"mine", "iteration_duration"})
        self.assertEqual(sum(one["metric"] == "mine" for one in points), 6)
        tags = {tuple(sorted(one["data"]["tags"].items())) for one in points}
        self.assertEqual(len(tags), 3)
        self.assertIn((("other", "true"),), tags)
        self.assertNotIn("scenario", {key for one in tags for key, _ in one})
        self.expect_text(run, 'have the tag other="true"')
        # What a flag does not take is another code than what no run can be made of.
        for flag, code in (("--out-metrics=!", 104), ("--out-tags=a,!", 104), ("--out-max-series=-1", 255)):
            bad = self.run_script("export default function () {}", "--out", "json=%s" % file, flag)
            self.expect_one_error(bad, code, flag.split("=")[0])

    def test_standard_output(self):
        run = self.run_script(SCRIPT, "-q", "-o", "json")
        self.expect_code(run, 0)
        points = [json.loads(line) for line in run.stdout.splitlines() if line.startswith('{"metric"')]
        self.expect_as_summary(run, points)

    def test_where_outputs_are_asked_for(self):
        script = self.folder.script(SCRIPT)
        config = self.folder.path / "config.json"
        config.write_text('{"out": ["json=file.json"], "collectors": {"csv": {"time_format": "unix_nano"}}}')
        cwd = str(self.folder.path)
        run = harness.loadctl("run", "-c", config, script, cwd=cwd)
        self.expect_text(run, "output: json (file.json)")
        run = harness.loadctl("run", "-c", config, script, cwd=cwd, env={"K6_OUT": "json=env.json,csv=env.csv"})
        self.expect_text(run, "output: json (env.json), csv (env.csv)")
        self.assertRegex((self.folder.path / "env.csv").read_text(), r"\nmy_counter,\d{19},100\.0")
        run = harness.loadctl("run", "-c", config, "-o", "json=flag.json", script, cwd=cwd, env={"K6_OUT": "json=x"})
        self.expect_text(run, "output: json (flag.json)")
        run = harness.loadctl("run", script, cwd=cwd)
        self.expect_text(run, "output: -")

    def test_a_run_elsewhere_writes_here(self):
        script = self.folder.script(SCRIPT)
        with remote.Controller() as controller, remote.Agents(controller.address, 2):
            run = harness.loadctl("run", "--controller", controller.address, "--agents", "2", "-o", "json=a.json",
                                  script, cwd=str(self.folder.path))
        self.expect_code(run, 0)
        self.expect_as_summary(run, self.points("a.json"))

    def test_gauges_that_agents_share_are_sums(self):
        run = self.run_script("""
import { sleep } from 'k6';
export const options = { vus: 4, duration: '3s' };
export default function () { sleep(0.1); }
""", "--agents", "2", "-o", "json=a.json")
        self.expect_code(run, 0)
        values = {point["metric"]: point["data"]["value"] for point in self.points("a.json")}
        self.assertEqual((values["vus"], values["vus_max"]), (4, 4))
        self.assertEqual(len({point["data"]["time"] for point in self.points("a.json") if point["metric"] == "vus"}),
                         len([1 for point in self.points("a.json") if point["metric"] == "vus"]))


class Loss(Outputs):
    def test_a_wire_that_is_too_slow_costs_samples_and_nothing_else(self):
        script = self.folder.script("""
import { Counter } from 'k6/metrics';
const c = new Counter('my_counter');
export const options = { scenarios: { s: { executor: 'shared-iterations', vus: 2, iterations: 40 } } };
export default function () { for (let i = 0; i < 50000; i++) c.add(1 / 3); }
""")
        verdict = self.folder.path / "verdict.json"
        with remote.Controller() as controller, remote.SlowProxy(controller.port, 400_000) as proxy, \
                remote.Agents(proxy.address, 2):
            run = harness.loadctl("run", "--controller", controller.address, "--agents", "2", "-o", "json=a.json",
                                  "--verdict-file", verdict, script, cwd=str(self.folder.path))
        self.expect_code(run, 0)
        self.expect_balanced(run, 2)
        self.assertEqual(run.count("iterations"), 40)
        self.assertEqual(run.count("my_counter"), 40 * 50000 // 3)
        report = json.loads(verdict.read_text())["outputs"][0]
        points = self.points("a.json")
        own = sum(1 for point in points if point["metric"] in ("vus", "vus_max"))
        self.assertGreater(report["lost"], 0)
        self.assertEqual(report["samples"], len(points))
        self.assertEqual(report["samples"] + report["lost"], 40 * 50000 + 4 * 40 + own)
        self.expect_text(run, "output json=a.json: %d of " % report["lost"])


class Csv(Outputs):
    def test_has_k6s_columns(self):
        run = self.run_script(SCRIPT, "--agents", "2", "-o", "csv=a.csv")
        self.expect_code(run, 0)
        with open(self.folder.path / "a.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(list(rows[0]), "metric_name,timestamp,metric_value,check,error,error_code,expected_response,"
                         "group,method,name,proto,scenario,service,status,subproto,tls_version,url,extra_tags,"
                         "metadata".split(","))
        self.expect_as_summary(run, [{"metric": row["metric_name"], "data": {"value": float(row["metric_value"])}}
                                     for row in rows if row["metric_name"] not in ("iteration_duration",
                                                                                   "group_duration")] +
                               [{"metric": name, "data": {"value": run.export["metrics"][name]["avg"]}}
                                for name in ("iteration_duration", "group_duration")])
        mine = next(row for row in rows if "call=1" in row["extra_tags"])
        self.assertEqual((mine["metric_value"], mine["group"], mine["scenario"], mine["extra_tags"], mine["metadata"]),
                         ("1.000000", "::g", "s", "call=1&run=r&sc=x", "trace=abc"))


class Wrong(Outputs):
    def test_ends_the_run_before_it_begins(self):
        for out, code, text in (
                ("nosuch", 255, "invalid output type 'nosuch', available types are: csv, "),
                ("cloud", 104, "the output 'cloud' is not yet supported"),
                ("kafka", 255, "could not create the 'kafka' output: the kafka output was deprecated"),
                ("json=/nonexistent/x", 255, "open /nonexistent/x: no such file or directory"),
                ("csv=/nonexistent/x", 255, "could not create the 'csv' output: open /nonexistent/x"),
                ("csv=a=b", 255, "unknown key \"a\" as argument for csv output"),
                ("influxdb=http://x?foo=1", 255, "could not create the 'influxdb' output: unknown query parameter: foo")):
            with self.subTest(out):
                run = self.run_script(SCRIPT, "-o", out)
                self.expect_one_error(run, code)
                self.expect_text(run, text)

    def test_a_full_disk_is_counted_and_said(self):
        verdict = self.folder.path / "verdict.json"
        run = self.run_script(SCRIPT, "-o", "json=/dev/full", "-o", "json=good.json", "--verdict-file", verdict)
        self.expect_code(run, 0)
        self.expect_text(run, "no space left on device")
        self.expect_as_summary(run, self.points("good.json"))
        outputs = json.loads(verdict.read_text())["outputs"]
        self.assertEqual([one["output"] for one in outputs], ["json=/dev/full", "json=good.json"])
        self.assertEqual(outputs[0]["lost"], outputs[0]["samples"])
        self.assertEqual(outputs[1], {"output": "json=good.json", "lost": 0, "samples": len(self.points("good.json"))})
        run = self.run_script(SCRIPT, "-o", "json=/dev/full", "--fail-on", "output-loss")
        self.expect_code(run, 112)
        self.expect_text(run, "--fail-on output-loss: json=/dev/full: ")


class Prometheus(Outputs):
    def test_holds_what_the_summary_says(self):
        with backends.Prometheus() as prometheus, harness.Nginx() as target:
            run = self.run_script(
                SCRIPT, "--agents", "3", "-o", "experimental-prometheus-rw", "-e", "TARGET=" + target.url,
                env=prometheus.environment(K6_PROMETHEUS_RW_TREND_STATS="count,sum,min,max,avg,med,p(90),p(99.9)"))
            self.expect_code(run, 0)
            self.expect_text(run, "output: Prometheus remote write (%s/api/v1/write)" % prometheus.url)
            metrics = run.export["metrics"]
            self.assertEqual(prometheus.value("sum(k6_my_counter_total)"), metrics["my_counter"]["count"])
            self.assertEqual(prometheus.value("sum(k6_iterations_total)"), 6)
            self.assertEqual(prometheus.value("sum(k6_http_reqs_total)"), 6)
            self.assertEqual(prometheus.value('k6_my_rate_rate{scenario="s"}'), 0.5)
            self.assertEqual(prometheus.value('k6_checks_rate{check="ok"}'), 1)
            self.assertEqual(prometheus.value('k6_my_trend_count{run="r"}'), 0.012)  # k6 divides this, too
            self.assertAlmostEqual(prometheus.value("k6_my_trend_sum"), 6 * 2.6 / 1000, 9)
            self.assertAlmostEqual(prometheus.value("k6_my_trend_avg"), metrics["my_trend"]["avg"] / 1000, 9)
            self.assertAlmostEqual(prometheus.value("k6_my_trend_max"), 0.0025, 9)
            self.assertAlmostEqual(prometheus.value("k6_my_trend_p999"), 0.0025, 9)
            labels = prometheus.query('k6_my_counter_total{call="1"}')[0][0]
            self.assertEqual(labels, {"__name__": "k6_my_counter_total", "call": "1", "group": "::g", "run": "r",
                                      "sc": "x", "scenario": "s"})
            self.assertIn(prometheus.value("k6_my_gauge"), range(6))

    def test_native_histograms(self):
        with backends.Prometheus() as prometheus:
            run = self.run_script(SCRIPT, "-o", "experimental-prometheus-rw",
                                  env=prometheus.environment(K6_PROMETHEUS_RW_TREND_AS_NATIVE_HISTOGRAM="true"))
            self.expect_code(run, 0)
            self.assertEqual(prometheus.value("histogram_count(k6_my_trend_seconds)"), 12)
            self.assertAlmostEqual(prometheus.value("histogram_sum(k6_my_trend_seconds)"), 6 * 2.6 / 1000, 9)
            # The buckets are a factor of 1.09 wide.
            self.assertAlmostEqual(prometheus.value("histogram_quantile(0.25, k6_my_trend_seconds)"), 0.0001, delta=1e-5)
            self.assertAlmostEqual(prometheus.value("histogram_quantile(1, k6_my_trend_seconds)"), 0.0025, delta=3e-4)

    def test_stale_markers_end_the_series(self):
        with backends.Prometheus() as prometheus:
            run = self.run_script(SCRIPT, "-o", "experimental-prometheus-rw",
                                  env=prometheus.environment(K6_PROMETHEUS_RW_STALE_MARKERS="true"))
            self.expect_code(run, 0)
            self.assertEqual(harness.wait_until(lambda: [prometheus.query("k6_iterations_total")])[0], [])
            self.assertTrue(prometheus.query("max_over_time(k6_iterations_total[1m])"))

    def test_a_backend_that_is_away_loses_no_sum_if_it_comes_back(self):
        prometheus = backends.Prometheus()
        script = self.folder.script("""
import { sleep } from 'k6';
export const options = { vus: 2, duration: '15s' };
export default function () { sleep(0.05); }
""")
        verdict = self.folder.path / "verdict.json"
        with harness.Started("run", "-o", "experimental-prometheus-rw", "--verdict-file", verdict, script,
                             env=prometheus.environment()) as started:
            started.wait_for("Failed to send the time series data to the endpoint")
            with prometheus:
                run = started.finish()
                self.expect_code(run, 0)
                self.assertEqual(prometheus.value("sum(k6_iterations_total)"), run.count("iterations"))
        self.assertEqual(json.loads(verdict.read_text())["outputs"][0]["lost"], 0)

    def test_one_that_never_comes_costs_samples_and_nothing_else(self):
        verdict = self.folder.path / "verdict.json"
        run = self.run_script(SCRIPT, "-o", "experimental-prometheus-rw", "-o", "json=a", "--verdict-file", verdict,
                              "--fail-on", "output-loss",
                              env={"K6_PROMETHEUS_RW_SERVER_URL": "http://127.0.0.1:%d" % harness.free_port()})
        self.expect_code(run, 112)
        self.expect_as_summary(run, self.points("a"))
        lost, kept = json.loads(verdict.read_text())["outputs"]
        self.assertEqual((lost["lost"], kept["lost"]), (lost["samples"], 0))
        self.expect_text(run, "output experimental-prometheus-rw: %d of %d samples were lost" % (lost["lost"], lost["lost"]))

    def test_authentication_and_headers(self):
        with backends.Receiver() as receiver:
            environment = {"K6_PROMETHEUS_RW_SERVER_URL": receiver.url + "/write", "K6_PROMETHEUS_RW_HEADERS_X_Mine": "1",
                           "K6_PROMETHEUS_RW_HTTP_HEADERS": "A:b,C:d"}
            run = self.run_script(SCRIPT, "-o", "experimental-prometheus-rw",
                                  env=dict(environment, K6_PROMETHEUS_RW_BEARER_TOKEN="secret"))
            self.expect_code(run, 0)
            path, headers, _ = receiver.requests[0]
            self.assertEqual(path, "/write")
            for name, value in (("X_Mine", "1"), ("A", "b"), ("C", "d"), ("Authorization", "Bearer secret"),
                                ("Content-Encoding", "snappy"), ("Content-Type", "application/x-protobuf"),
                                ("User-Agent", "k6-prometheus-rw-output"),
                                ("X-Prometheus-Remote-Write-Version", "0.1.0")):
                self.assertEqual(headers.get(name), value, headers)
            run = self.run_script(SCRIPT, "-o", "experimental-prometheus-rw", env=dict(
                environment, K6_PROMETHEUS_RW_USERNAME="me", K6_PROMETHEUS_RW_PASSWORD="pw"))
            self.assertEqual(receiver.requests[-1][1]["Authorization"], "Basic bWU6cHc=")

    def test_answers_that_ask_for_patience(self):
        with backends.Receiver() as receiver:
            receiver.answer = lambda number: (429, {"Retry-After": "1"}) if number < 3 else (204, {})
            verdict = self.folder.path / "verdict.json"
            run = self.run_script(SCRIPT, "-o", "experimental-prometheus-rw", "--verdict-file", verdict,
                                  env={"K6_PROMETHEUS_RW_SERVER_URL": receiver.url})
            self.expect_code(run, 0)
            self.assertEqual(json.loads(verdict.read_text())["outputs"][0]["lost"], 0)


class InfluxDB(Outputs):
    def test_holds_every_sample(self):
        with backends.InfluxDB() as influx, harness.Nginx() as target:
            run = self.run_script(SCRIPT, "--agents", "2", "-o", "influxdb=%s/tests" % influx.url,
                                  "-e", "TARGET=" + target.url)
            self.expect_code(run, 0)
            self.expect_text(run, "output: InfluxDBv1 (%s)" % influx.url)
            rows = influx.query("select sum(value), count(value) from my_counter", "tests")
            self.assertEqual((rows[0]["sum"], rows[0]["count"]), (run.export["metrics"]["my_counter"]["count"], 7))
            one = influx.query("select * from my_counter where \"call\" = '1' limit 1", "tests")[0]
            self.assertEqual((one["group"], one["run"], one["sc"], one["scenario"]), ("::g", "r", "x", "s"))
            request = influx.query("select * from http_reqs limit 1", "tests")[0]
            self.assertEqual((request["status"], request["value"]), ("200", 1))
            fields = influx.query("show field keys from http_reqs", "tests")
            self.assertEqual({row["fieldKey"]: row["fieldType"] for row in fields}, {"url": "string", "value": "float"})

    def test_odd_tags(self):
        script = """
import { Counter } from 'k6/metrics';
const c = new Counter('odd');
export default function () {
  c.add(1, { 'a key, with = all': 'x, y = "z" \\\\', line: 'one\\ntwo', empty: '', uni: 'h\\u00e9 \\ud83d\\ude00' });
  c.add(2, { big: 'x'.repeat(5000) });
}
"""
        with backends.InfluxDB() as influx:
            run = self.run_script(script, "-o", "influxdb", env={
                "K6_INFLUXDB_ADDR": influx.url, "K6_INFLUXDB_TAGS_AS_FIELDS": "vu:int,big"})
            self.expect_code(run, 0)
            rows = influx.query("select * from odd")
            self.assertEqual(sum(row["value"] for row in rows), 3)
            first = next(row for row in rows if row["value"] == 1)
            self.assertEqual((first["a key, with = all"].rstrip(), first["line"], first["uni"]),
                             ("x, y = \"z\" \\", "one two", "hé 😀"))
            self.assertEqual([len(row["big"]) for row in rows if row["big"]], [5000])

    def test_away_and_back(self):
        influx = backends.InfluxDB()
        script = self.folder.script("""
import { sleep } from 'k6';
export const options = { vus: 2, duration: '6s' };
export default function () { sleep(0.05); }
""")
        verdict = self.folder.path / "verdict.json"
        influx.start()
        try:
            with harness.Started("run", "-o", "influxdb=%s/k6" % influx.url, "--verdict-file", verdict, script) as started:
                harness.wait_until(lambda: influx.query("select count(value) from iterations"), 30)
                influx.stop()
                influx.start()
                run = started.finish()
                self.expect_code(run, 0)
            report = json.loads(verdict.read_text())["outputs"][0]
            stored = influx.query("select sum(value) from iterations")[0]["sum"]
            # What it says is lost is lost at most: a body may be taken and its answer not come.
            self.assertGreaterEqual(stored + report["lost"], run.count("iterations"))
            self.assertLessEqual(stored, run.count("iterations"))
        finally:
            influx.__exit__()

    def test_version_2_takes_a_token_and_a_bucket(self):
        with backends.Receiver() as receiver:
            run = self.run_script(SCRIPT, "-o", "influxdb", env={
                "K6_INFLUXDB_ADDR": receiver.url, "K6_INFLUXDB_TOKEN": "t", "K6_INFLUXDB_ORGANIZATION": "o p",
                "K6_INFLUXDB_BUCKET": "b"})
            self.expect_code(run, 0)
            path, headers, body = receiver.requests[0]
            self.assertEqual(path, "/api/v2/write?org=o%20p&bucket=b&precision=ns")
            self.assertEqual(headers["Authorization"], "Token t")
            self.assertRegex(body.decode(), r"(?m)^my_counter,group=::g,|my_counter,call=1,group=::g,run=r,sc=x,scenario=s value=1 \d{19}$")



class Statsd(Outputs):
    def test_a_line_a_sample(self):
        with backends.Datagrams() as statsd:
            run = self.run_script(SCRIPT, "-o", "statsd", env={"K6_STATSD_ADDR": statsd.address})
            self.expect_code(run, 0)
            self.expect_text(run, "output: statsd (%s)" % statsd.address)
            lines = collections.Counter(harness.wait_until(
                lambda: [line for datagram in statsd.received for line in datagram.split("\n")] or None))
        self.assertEqual((lines["k6.my_counter:100|c"], lines["k6.my_counter:1|c"]), (1, 6))
        self.assertEqual((lines["k6.check.ok.pass:1|c"], lines["k6.check.odd.fail:1|c"]), (6, 3))
        self.assertEqual((lines["k6.my_trend:2.500000|ms"], lines["k6.my_gauge:5.000000|g"]), (6, 1))
        self.assertEqual(lines["k6.iterations:1|c"], 6)

    def test_datadog_has_tags(self):
        with backends.Datagrams() as statsd:
            run = self.run_script(SCRIPT, "-o", "datadog", env={
                "K6_DATADOG_ADDR": statsd.address, "K6_DATADOG_NAMESPACE": "load", "K6_DATADOG_TAG_BLACKLIST": "sc",
                "K6_DATADOG_BUFFER_SIZE": "1"})
            self.expect_code(run, 0)
            harness.wait_until(lambda: len([one for one in statsd.received if one.startswith("load.iterations:")]) == 6)
            self.assertIn("load.my_counter:1|c|#call:1,group:::g,run:r,scenario:s", statsd.received)


class OpenTelemetry(Outputs):
    def test_http(self):
        with backends.Receiver() as receiver:
            run = self.run_script(SCRIPT, "--agents", "2", "-o", "opentelemetry", env={
                "K6_OTEL_EXPORTER_PROTOCOL": "http/protobuf", "K6_OTEL_HTTP_EXPORTER_INSECURE": "true",
                "K6_OTEL_HTTP_EXPORTER_ENDPOINT": "127.0.0.1:%d" % receiver.port, "K6_OTEL_METRIC_PREFIX": "load_",
                "K6_OTEL_HEADERS": "x-mine=a%20b", "OTEL_SERVICE_NAME": "shop"})
            self.expect_code(run, 0)
            self.expect_text(run, "opentelemetry (http/protobuf, http://127.0.0.1:%d/v1/metrics)" % receiver.port)
            path, headers, body = receiver.requests[-1]
        self.assertEqual((path, headers["x-mine"], headers["Content-Type"]),
                         ("/v1/metrics", "a b", "application/x-protobuf"))
        export = backends.otlp(body)
        self.assertEqual(export["resource"]["service.name"], "shop")
        self.expect_otlp(export["metrics"], "load_")

    def expect_otlp(self, metrics, prefix=""):
        counter = metrics[prefix + "my_counter"]
        self.assertEqual(sorted(point["value"] for point in counter["points"]), [6, 100])
        tagged = next(point for point in counter["points"] if "call" in point["attributes"])
        self.assertEqual(tagged["attributes"], {"call": "1", "group": "::g", "run": "r", "sc": "x", "scenario": "s"})
        self.assertEqual((counter["kind"], counter["monotonic"], counter["temporality"]), ("sum", 1, 2))
        rate = metrics[prefix + "my_rate.total"]
        self.assertEqual({point["attributes"]["condition"]: point["value"] for point in rate["points"]},
                         {"zero": 3, "nonzero": 3})
        trend = metrics[prefix + "my_trend"]["points"][0]
        self.assertEqual((metrics[prefix + "my_trend"]["unit"], trend["count"], trend["min"], trend["max"]),
                         ("ms", 12, 0.1, 2.5))
        self.assertEqual(trend["buckets"], [0, 12] + [0] * 14)
        self.assertAlmostEqual(trend["sum"], 15.6, 9)
        self.assertEqual(metrics[prefix + "my_gauge"]["kind"], "gauge")

    def test_grpc(self):
        with backends.GrpcReceiver() as receiver:
            run = self.run_script(SCRIPT, "-o", "opentelemetry", env={
                "K6_OTEL_GRPC_EXPORTER_INSECURE": "true",
                "K6_OTEL_GRPC_EXPORTER_ENDPOINT": "127.0.0.1:%d" % receiver.port})
            self.expect_code(run, 0)
            self.expect_text(run, "opentelemetry (grpc (insecure), 127.0.0.1:%d)" % receiver.port)
            paths, bodies = receiver.received()
        self.assertEqual(paths[-1], "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export")
        self.expect_otlp(backends.otlp(bodies[-1])["metrics"])

    def test_nobody_there(self):
        run = self.run_script(SCRIPT, "-o", "experimental-opentelemetry", "--fail-on", "output-loss", env={
            "K6_OTEL_GRPC_EXPORTER_INSECURE": "true",
            "K6_OTEL_GRPC_EXPORTER_ENDPOINT": "127.0.0.1:%d" % harness.free_port()})
        self.expect_code(run, 112)
        self.expect_text(run, "OpenTelemetry output has been graduated as a stable output.")
        self.expect_text(run, "failed to upload metrics")

    def test_wrong_settings(self):
        for name, value, text in (
                ("EXPORTER_PROTOCOL", "x", 'unsupported exporter protocol "x", only "grpc" and "http/protobuf" are supported'),
                ("HEADERS", "x", 'invalid header "x", expected format key=value'),
                ("SERVICE_NAME", "", "providing service name is required")):
            run = self.run_script(SCRIPT, "-o", "opentelemetry", env={"K6_OTEL_" + name: value})
            self.expect_one_error(run, 255, "could not create the 'opentelemetry' output: ")
            self.expect_text(run, text)


if __name__ == "__main__":
    unittest.main(verbosity=2)
