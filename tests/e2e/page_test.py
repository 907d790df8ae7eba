"""The live page (--out web-dashboard), HTML reports, and `loadctl compare`."""

import json
import os
import pathlib
import re
import signal
import socket
import threading
import unittest
import urllib.error
import urllib.parse
import urllib.request
from xml.etree import ElementTree

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

    def test_how_each_agent_does_while_it_runs(self):
        record = self.folder.path / "r.record"
        started, url = self.start("-e", "D=20s", "--agents", "2", "--record", str(record))
        agents = lambda: json.loads(get(url + "/data.json"))["agents"]
        harness.wait_until(lambda: ["heap" in one for one in agents()] == [True, True], 15, "what both agents say of themselves")
        for one in agents():
            self.assertGreater(one["memory"], one["heap"], one)
            self.assertGreater(one["heap"], 100_000, one)
            self.assertLessEqual(one["busy"], one["vus"], one)
            self.assertTrue(0 <= one["cpu"] <= 1 and one["loop_lag_p99"] >= 0 and one["delay"] >= 0, one)
        first = min(one["told"] for one in agents())
        harness.wait_until(lambda: all(one["told"] > first for one in agents()), 15, "news of both agents")
        with urllib.request.urlopen(url + "/events", timeout=20) as events:
            for line in events:
                if line.startswith(b"data: {") and any("heap" in one for one in json.loads(line[6:])["agents"]):
                    break
        self.expect_code(started.finish(), 0)
        harness.loadctl("report", "--report", "html=%s" % (self.folder.path / "r.html"), str(record), export=False)
        kept = data_of((self.folder.path / "r.html").read_text())["agents"]
        self.assertTrue(all(one["told"] > 0 and one["balanced"] for one in kept), kept)

    def test_fifty_browsers_and_ten_that_never_read(self):
        started, url = self.start("-e", "D=6s")
        where = urllib.parse.urlsplit(url)
        address = (where.hostname, where.port)
        deaf = []
        for _ in range(10):
            one = socket.socket()
            self.addCleanup(one.close)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.connect(address)
            one.sendall(b"GET /events HTTP/1.1\r\nHost: %s:%d\r\n\r\n" % (address[0].encode(), address[1]))
            deaf.append(one)
        ends = []

        def browse():
            with urllib.request.urlopen(url + "/events", timeout=60) as events:
                kinds = [line[7:].strip() for line in events if line.startswith(b"event: ")]
            ends.append((kinds[-1], kinds.count(b"news") > 2))
        browsers = [threading.Thread(target=browse) for _ in range(50)]
        for one in browsers:
            one.start()
        run = started.finish()  # those that never read do not hold it up for ever
        for one in browsers:
            one.join(60)
        self.assertEqual(ends, [(b"end", True)] * 50)
        self.expect_code(run, 0)

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

    def test_reports(self):
        base, worse = self.record("a.record", 100), self.record("b.record", 109)
        paths = {name: str(self.folder.path / ("report." + name)) for name in ("html", "junit", "md", "github", "json")}
        for path in paths.values():
            pathlib.Path(path).write_text("before\n")
        run = self.compare("--tolerance=mine:p(95)=5%", "--tolerance", "mine:avg=50%", base, worse,
                           *[part for name, path in paths.items() for part in ("--report", name + "=" + path)])
        self.expect_code(run, 99)
        text = {name: pathlib.Path(path).read_text() for name, path in paths.items()}
        suites = ElementTree.fromstring(text["junit"])
        self.assertEqual((suites.get("tests"), suites.get("failures"), suites.get("errors")), ("4", "1", "0"))
        self.assertIn("p(95)=109ms, was 100ms (+9.0%); allowed +5.0%", suites.find(".//failure").get("message"))
        self.assertIn("is not as good as", text["md"])
        self.assertIn("| ❌ | `mine` | `p(95)` |", text["md"])
        self.assertEqual(text["github"], "before\n" + text["md"])
        self.assertIn("::error title=mine WORSE::", run.stdout)
        self.assertIs(json.loads(text["json"])["worse"], True)
        self.assertIn('<span class="badge bad">WORSE</span>', text["html"])
        compared = json.loads(re.search(r'<script type="application/json" id="compared">(.*?)</script>', text["html"]).group(1))
        self.assertEqual(compared["judged"], [["mine", "p(95)"], ["mine", "avg"]])
        self.assertEqual([compared[side]["history"]["series"]["mine"]["columns"]["max"] for side in ("base", "run")], [[100], [109]])
        for report, code in (("html=/nonexistent/x", 255), ("pdf=x", 104), ("html=", 104)):
            self.expect_code(self.compare("--tolerance", "mine:avg=50%", base, base, "--report", report), code)

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


class Control(harness.Case):
    """--web-control: the page steers its run."""

    SCRIPT = """
import { sleep } from 'k6';
export const options = { scenarios: { a: { executor: 'externally-controlled', vus: 2, maxVUs: 9, duration: '60s' } } };
export default function () { sleep(0.1); }"""

    def start(self, *flags):
        started = self._enter(harness.Started("run", "-o", "web-dashboard=port=0", *flags, self.folder.script(self.SCRIPT),
                                              cwd=str(self.folder.path)))
        started.wait_for("web dashboard: http://")
        started.wait_for("running (")
        address = re.search(r"web dashboard: (http://\S+)", started.text()).group(1)
        return started, *address.partition("/#control=")[::2]

    @staticmethod
    def ask(url, token, attributes, **headers):
        """Status and text of the answer to a change."""
        body = attributes if isinstance(attributes, bytes) else json.dumps({"data": {"attributes": attributes}}).encode()
        if token:
            headers["Authorization"] = "Bearer " + token
        request = urllib.request.Request(url + "/control", body, headers, method="PATCH")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def data(self, url):
        return json.loads(get(url + "/data.json"))

    def test_by_the_token_in_its_address(self):
        started, url, token = self.start("--web-control", "auto", "--agents", "2")
        self.assertGreater(len(token), 20)
        self.assertIn('<meta name="control"', get(url + "/"))
        self.assertTrue(self.data(url)["scenarios"][0]["external"])
        for wrong in ("", "x", token + "x", token[:-1]):
            self.assertEqual(self.ask(url, wrong, {"stopped": True})[0], 401)
        for headers in ({"Origin": "http://evil.example"}, {"Host": "evil.example"}):
            self.assertEqual(self.ask(url, token, {"stopped": True}, **headers)[0], 403)
        self.assertEqual(self.ask(url, token, {"paused": True}), (200, "{}"))
        harness.wait_until(lambda: self.data(url)["run"]["paused"], 20, "the pause")
        self.assertEqual(self.ask(url, token, {"paused": False})[0], 200)
        self.assertEqual(self.ask(url, token, {"vus": 5})[0], 200)
        harness.wait_until(lambda: self.data(url)["run"]["vus"] == 5, 20, "five VUs")
        status, text = self.ask(url, token, {"vus": 99})
        self.assertEqual(status, 400)
        self.assertIn("can't be more than the number of max VUs", text)
        for garbage in (b"", b"[]", b"{", b"\xff" * 100, b'{"data":{"attributes":{"vus":1e99}}}'):
            self.assertEqual(self.ask(url, token, garbage)[0], 400, garbage)
        self.assertEqual(self.ask(url, token, {"stopped": True})[0], 200)
        self.expect_code(started.finish(), 103)

    def test_without_the_flag_nothing_can_be_done(self):
        started, url, token = self.start()
        self.assertEqual(token, "")
        self.assertNotIn('<meta name="control"', get(url + "/"))
        self.assertIn(self.ask(url, "", {"stopped": True})[0], (404, 405))
        started.signal(signal.SIGINT)
        self.expect_code(started.finish(), 105)

    def test_a_token_of_ones_own(self):
        token = self.folder.path / "token"
        token.write_text("a-token-of-mine\n")
        token.chmod(0o600)
        started, url, shown = self.start("--web-control", token)
        self.assertEqual(shown, "")
        self.assertNotIn("a-token-of-mine", started.text())
        self.assertEqual(self.ask(url, "x", {"stopped": True})[0], 401)
        self.assertEqual(self.ask(url, "a-token-of-mine", {"stopped": True})[0], 200)
        self.expect_code(started.finish(), 103)

    def test_of_a_controller(self):
        token, address = self.folder.path / "token", "127.0.0.1:%d" % harness.free_port()
        token.write_text("a-token-of-mine\n")
        token.chmod(0o600)
        audit = self.folder.path / "audit"
        with remote.Controller("--web-address", address, "--web-control", token, "--audit-log", audit) as controller, \
                remote.Agents(controller.address, 1):
            started = self._enter(harness.Started("run", "--controller", controller.address, self.folder.script(self.SCRIPT)))
            started.wait_for("running (")
            (run,) = re.findall(r'href="(/runs/[^"]+)/"', get("http://%s/" % address))
            url = "http://" + address + run
            self.assertEqual(self.ask(url, "", {"stopped": True})[0], 401)
            self.assertEqual(self.ask("http://%s/runs/0123456789ab" % address, "a-token-of-mine", {"stopped": True})[0], 404)
            self.assertEqual(self.ask(url, "a-token-of-mine", {"vus": 4})[0], 200)
            harness.wait_until(lambda: self.data(url)["run"]["vus"] == 4, 20, "four VUs")
            self.assertEqual(self.ask(url, "a-token-of-mine", {"stopped": True})[0], 200)
            self.expect_code(started.finish(), 103)
            self.assertNotEqual(self.ask(url, "a-token-of-mine", {"paused": True})[0], 200)
        told = [json.loads(line) for line in audit.read_text().splitlines()]
        self.assertEqual([(one["event"], one["what"]) for one in told if one.get("by") == "page"],
                         [("change", "vus=4"), ("stop", "")])

    def test_what_cannot_be(self):
        script = "export default function () {}"
        self.expect_one_error(self.run_script(script, "--web-control", "auto"), 255, "-o web-dashboard")
        self.expect_one_error(self.run_script(script, "-o", "web-dashboard=port=0", "--web-control", "/nonexistent"), 255,
                              "--web-control")

    def test_a_browser_is_started_and_a_record_written(self):
        bin = self.folder.path / "bin"
        bin.mkdir()
        (bin / "xdg-open").write_text("#!/bin/sh\necho \"$1\" > %s/opened\n" % self.folder.path)
        (bin / "xdg-open").chmod(0o755)
        record = self.folder.path / "a.record"
        env = {"K6_WEB_DASHBOARD": "true", "K6_WEB_DASHBOARD_PORT": "0", "K6_WEB_DASHBOARD_OPEN": "true",
               "K6_WEB_DASHBOARD_RECORD": str(record), "PATH": "%s:%s" % (bin, os.environ["PATH"])}
        run = self.run_script("import { sleep } from 'k6'; export default () => sleep(1);", env=env)
        self.expect_code(run, 0)
        self.assertRegex((self.folder.path / "opened").read_text(), r"^http://127\.0\.0\.1:\d+\n$")
        self.expect_code(harness.loadctl("report", str(record), export=False), 0)
        both = self.run_script("export default () => {};", "--record", str(self.folder.path / "b"), env=env)
        self.expect_one_error(both, 255, "recorded to")


class History(harness.Case):
    """--history: a folder of runs, its list and its pages."""

    def setUp(self):
        super().setUp()
        self.history = self.folder.path / "runs"

    def runs(self):
        listed = harness.loadctl("runs", "--history", str(self.history), "--json", export=False)
        self.expect_code(listed, 0)
        return [json.loads(line) for line in listed.stdout.splitlines()]

    def test_is_listed_with_its_figures(self):
        url = target.start()
        first = self.run_script(SCRIPT, "--history", self.history, "-e", "TARGET=" + url, "--agents", "2")
        self.expect_code(first, 0)
        failing = SCRIPT.replace("'p(95)<1000'", "{ threshold: 'p(95)<1', exitCode: 42 }")
        self.expect_code(self.run_script(failing, "--history", self.history, "-e", "TARGET=" + url), 42)
        new, old = self.runs()
        self.assertEqual((old["state"], old["code"], old["agents"], old["complete"]), ("ended", 0, 2, True))
        self.assertEqual((new["code"], new["cause"]), (42, "thresholds on metrics 'mine' have been crossed"))
        self.assertEqual(old["requests"], first.count("http_reqs"))
        self.assertAlmostEqual(old["duration_p95_ms"], first.metric("http_req_duration")["p(95)"], 3)
        table = harness.loadctl("runs", "--history", str(self.history), export=False).stdout.splitlines()
        self.assertEqual(table[0].split()[:3], ["ID", "STATE", "BEGAN"])
        self.assertRegex(table[1], r"^%s  exit 42  " % new["run"])
        # Its files are records.
        self.expect_code(harness.loadctl("compare", "--tolerance", "mine:avg=100%", old["record"], new["record"], export=False), 0)

    def test_of_a_run_that_is_killed(self):
        started = self._enter(harness.Started("run", "-q", "--history", str(self.history), self.folder.script(
            "import { sleep } from 'k6'; export const options = { duration: '60s' }; export default () => sleep(0.1);"),
            cwd=str(self.folder.path)))
        harness.wait_until(lambda: self.history.exists() and [one["state"] for one in self.runs()] == ["running"], 30, "the run")
        started.signal(signal.SIGKILL)
        started.process.wait()
        self.assertEqual([one["state"] for one in self.runs()], ["cut"])

    def test_a_page_of_another_day(self):
        url = target.start()
        self.expect_code(self.run_script(SCRIPT, "--history", self.history, "-e", "TARGET=" + url), 0)
        started = self._enter(harness.Started("run", "-o", "web-dashboard=port=0", "--history", str(self.history), "-e",
                                              "TARGET=" + url, "-e", "D=5s", self.folder.script(SCRIPT)))
        started.wait_for("web dashboard: http://")
        page = re.search(r"web dashboard: (http://\S+)", started.text()).group(1)
        self.assertIn('<meta name="runs" content="/runs/">', get(page + "/"))
        listed = get(page + "/runs/")
        self.assertIn("script-src 'none'", listed)
        (link,) = re.findall(r'href="(/runs/[0-9a-f]{12}/)">[^<]*</a></td><td><span class="badge good">passed', listed)
        self.assertEqual(json.loads(get(page + link + "data.json"))["outcome"]["code"], 0)
        self.assertIn("event: end", get(page + link + "events"))
        for wrong in ("/runs/0123456789ab/", "/runs/../", "/runs/x"):
            with self.assertRaises(urllib.error.HTTPError) as refused:
                get(page + wrong)
            self.assertEqual(refused.exception.code, 404)
        self.expect_code(started.finish(), 0)

    def test_of_a_controller_that_was_started_anew(self):
        address = "127.0.0.1:%d" % harness.free_port()
        flags = ("--web-address", address, "--history", str(self.history))
        with remote.Controller(*flags) as controller, remote.Agents(controller.address, 1):
            run = self.run_script(SCRIPT, "--controller", controller.address, "-e", "TARGET=" + target.start())
            self.expect_code(run, 0)
        (kept,) = self.runs()
        self.assertEqual((kept["state"], kept["code"]), ("ended", 0))
        with remote.Controller(*flags):
            self.assertIn('href="/runs/%s/"' % kept["run"], get("http://%s/" % address))
            data = json.loads(get("http://%s/runs/%s/data.json" % (address, kept["run"])))
            self.assertEqual(data["failed"][0]["name"], EVIL)

    def test_what_cannot_be(self):
        self.expect_one_error(self.run_script("export default function () {}", "--history", "/proc/none"), 255, "history")
        for arguments in (["--history", "/nonexistent"], ["stop", "x", "--history", str(self.folder.path)],
                          ["--history", str(self.folder.path), "--controller", "127.0.0.1:1"]):
            self.assertEqual(harness.loadctl("runs", *arguments, export=False).code, 255, arguments)
        path = str(self.folder.path / "a.record")
        script = "import { sleep } from 'k6'; export default () => sleep(3);"
        first = self._enter(harness.Started("run", "--record", path, self.folder.script(script)))
        first.wait_for("running (")
        self.expect_one_error(self.run_script("export default function () {}", "--record", path), 255, "another run writes to it")
        self.expect_code(first.finish(), 0)


if __name__ == "__main__":
    unittest.main()
