"""The live page (--out web-dashboard), HTML reports, and `loadctl compare`."""

import json
import pathlib
import re
import unittest
import urllib.error
import urllib.request

import harness
import remote
import target

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
SCRIPT = """
import http from 'k6/http'; import { check, group, sleep } from 'k6'; import { Trend } from 'k6/metrics';
const t = new Trend('mine', true);
export const options = { vus: 2, duration: __ENV.D || '2s', thresholds: { mine: ['p(95)<1000'] } };
export default function () {
  group(%(evil)s, () => { check(http.get(__ENV.TARGET + '/'), { [%(evil)s]: (r) => r.status === 200 }); t.add(5); });
  http.get(__ENV.TARGET + '/missing?' + encodeURIComponent(%(evil)s), { tags: { name: %(evil)s } });
  if (__ITER === 0) console.warn(%(evil)s);
  sleep(0.05);
}""" % {"evil": json.dumps(EVIL)}


def get(url, **headers):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
        return answer.read().decode()


def data_of(report):
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', report, re.S)
    return json.loads(found.group(1))


class Reports(harness.Case):
    def check(self, report):
        self.assertLess(len(report), 1_000_000)
        self.assertNotIn("<img", report)
        self.assertEqual(report.count("<script"), 2)
        self.assertNotIn("https://", report)
        data = data_of(report)
        self.assertEqual(data["outcome"]["code"], 0)
        self.assertGreater(len(data["history"]["series"]["http_req_duration"]["columns"]["p95"]), 0)
        self.assertEqual(data["thresholds"][0]["metric"], "mine")
        failed = data["failed"][0]
        self.assertEqual((failed["name"], failed["status"]), (EVIL, "404"))
        self.assertIn("::" + EVIL, [section["group"] for section in data["sections"]])
        self.assertIn(EVIL, [line["message"] for line in data["log"]])
        self.assertTrue(data["agents"][0]["balanced"])
        return data

    def test_of_a_run_and_of_its_record(self):
        report, record, again = (self.folder.path / name for name in ("a.html", "a.record", "b.html"))
        run = self.run_script(SCRIPT, "--report", "html=%s" % report, "--record", str(record), "--agents", "2", "-e",
                              "TARGET=" + target.start())
        self.expect_code(run, 0)
        live = self.check(report.read_text())
        shown = harness.loadctl("report", "--report", "html=%s" % again, str(record), export=False)
        self.expect_code(shown, 0)
        recorded = self.check(again.read_text())
        for part in ("metrics", "thresholds", "failed", "sections", "outcome", "agents"):
            self.assertEqual(recorded[part], live[part], part)

    def test_one_that_cannot_be_written(self):
        run = self.run_script("export default function () {}", "--report", "html=/nonexistent/a.html")
        self.assertNotEqual(run.code, 0)
        self.expect_text(run, "failed to save the report")


class Live(harness.Case):
    def start(self, *flags, **env):
        url = target.start()
        started = self._enter(harness.Started("run", "-o", "web-dashboard=port=0", "-e", "TARGET=" + url, *flags,
                                              self.folder.script(SCRIPT), cwd=str(self.folder.path), env=env))
        started.wait_for("web dashboard: http://")
        return started, re.search(r"web dashboard: (http://\S+)", started.text()).group(1)

    def test_page_data_news_and_end(self):
        started, url = self.start("-e", "D=4s")
        page = get(url + "/ui/")
        self.assertIn("default-src 'none'", page)
        with urllib.request.urlopen(url + "/events", timeout=30) as events:
            self.assertEqual(events.headers["Content-Type"], "text/event-stream")
            kinds, news = [], None
            for line in events:
                if line.startswith(b"event: "):
                    kinds.append(line[7:].strip().decode())
                if line.startswith(b"data: {") and kinds[-1] == "news":
                    news = json.loads(line[6:])
        self.assertEqual(kinds[-1], "end")
        self.assertGreater(kinds.count("news"), 2)
        self.assertEqual(news["outcome"]["code"], 0)
        self.assertIn("http_reqs", news["history"]["series"])
        self.expect_code(started.finish(), 0)

    def test_data_while_it_runs_and_a_report(self):
        started, url = self.start("-e", "D=4s")
        harness.wait_until(lambda: json.loads(get(url + "/data.json"))["history"]["count"] >= 2, what="two seconds")
        data = data_of(get(url + "/report"))
        self.assertEqual(data["run"]["phase"], "running")
        self.assertEqual(data["agents"][0]["agent"], 1)
        self.expect_code(started.finish(), 0)

    def test_another_site_gets_nothing(self):
        started, url = self.start()
        for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}):
            with self.assertRaises(urllib.error.HTTPError) as refused:
                get(url + "/data.json", **headers)
            self.assertEqual(refused.exception.code, 403)
        self.expect_code(started.finish(), 0)

    def test_variables_and_the_exported_report(self):
        report = self.folder.path / "exported.html"
        run = self.run_script(SCRIPT, "-e", "TARGET=" + target.start(), env={
            "K6_WEB_DASHBOARD": "true", "K6_WEB_DASHBOARD_PORT": "-1", "K6_WEB_DASHBOARD_EXPORT": str(report)})
        self.expect_code(run, 0)
        self.assertNotIn("web dashboard:", run.stdout)
        self.assertEqual(data_of(report.read_text())["outcome"]["code"], 0)

    def test_a_port_in_use(self):
        _, url = self.start("-e", "D=10s")
        port = url.rsplit(":", 1)[1]
        run = self.run_script("export default function () {}", "-o", "web-dashboard=port=" + port)
        self.assertNotEqual(run.code, 0)
        self.expect_text(run, "web dashboard")

    def test_wrong_settings(self):
        for argument, text in (("port=x", "web dashboard's port"), ("period=0s", "web dashboard's period"),
                               ("color=red", 'no setting "color"')):
            run = self.run_script("export default function () {}", "-o", "web-dashboard=" + argument)
            self.expect_one_error(run, 104, text)


class OfAController(harness.Case):
    def test_pages_of_its_runs(self):
        address = "127.0.0.1:%d" % harness.free_port()
        with remote.Controller("--web-address", address) as controller, remote.Agents(controller.address, 1):
            run = self.run_script(SCRIPT, "--controller", controller.address, "-e", "TARGET=" + target.start())
            self.expect_code(run, 0)
            runs = re.findall(r'href="(/runs/[^"]+/)"', get("http://%s/" % address))
            self.assertEqual(len(runs), 1)
            self.assertIn("default-src 'none'", get("http://%s%s" % (address, runs[0])))
            data = json.loads(get("http://%s%sdata.json" % (address, runs[0])))
            self.assertEqual(data["outcome"]["code"], 0)
            self.assertEqual(data["failed"][0]["name"], EVIL)
            with self.assertRaises(urllib.error.HTTPError):
                get("http://%s/runs/none/" % address)

    def test_not_for_the_network(self):
        run = harness.loadctl("controller", "--listen", "127.0.0.1:0", "--web-address", "0.0.0.0:0", export=False)
        self.assertNotEqual(run.code, 0)
        self.expect_text(run, "loopback only")


class Compare(harness.Case):
    def record(self, name, value):
        path = self.folder.path / name
        script = "import { Trend } from 'k6/metrics'; const t = new Trend('mine', true); export const options = " \
                 "{ iterations: 20 }; export default function () { t.add(%d); }" % value
        self.expect_code(self.run_script(script, "--record", str(path)), 0)
        return str(path)

    def compare(self, *arguments):
        return harness.loadctl("compare", *arguments, export=False)

    def test_within_and_beyond_a_tolerance(self):
        base, worse = self.record("a.record", 100), self.record("b.record", 109)
        for limit, code in (("10%", 0), ("5%", 99), ("9", 0), ("8", 99)):
            run = self.compare("--tolerance", "mine:p(95)=" + limit, base, worse)
            self.expect_code(run, code)
        self.assertIn("+9.0%", run.stdout)
        self.expect_code(self.compare("--tolerance", "mine:p(95)=0%", worse, base), 0)
        self.expect_code(self.compare("--tolerance", "mine:avg=-5%", worse, base), 99)

    def test_a_metric_that_is_missing(self):
        base = self.record("a.record", 1)
        run = self.compare("--tolerance", "nothing:p(95)=5%", base, base)
        self.expect_code(run, 99)
        self.assertIn("MISSING", run.stdout)

    def test_json_and_bad_arguments(self):
        base = self.record("a.record", 1)
        run = self.compare("--json", "--tolerance", "mine:p(99.9)=5%", base, base)
        self.assertEqual(json.loads(run.stdout)["rows"][0]["verdict"], "ok")
        for arguments in ([base], [base, "/nonexistent"], ["--tolerance", "x", base, base],
                          ["--tolerance", "p(x)=5%", base, base], ["--unknown", base, base]):
            self.assertNotIn(self.compare(*arguments).code, (0, 99), arguments)

    def test_a_record_that_is_cut_proves_nothing(self):
        base = self.record("a.record", 1)
        cut = self.folder.path / "cut.record"
        cut.write_bytes(pathlib.Path(base).read_bytes()[:-40])
        run = self.compare("--tolerance", "mine:p(95)=5%", base, str(cut))
        self.assertNotEqual(run.code, 0)


if __name__ == "__main__":
    unittest.main()
