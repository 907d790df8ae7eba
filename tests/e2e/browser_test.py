"""The page in Debian's Chromium: how it looks, a run watched to its end, a server started anew, the buttons."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time
import unittest
import urllib.request

import harness
import target

SCRIPT = """
import http from 'k6/http'; import { check, group, sleep } from 'k6'; import { Trend } from 'k6/metrics';
const t = new Trend('mine', true);
export const options = { scenarios: {
    people: { executor: 'externally-controlled', vus: 3, maxVUs: 9, duration: __ENV.D || '60s' },
    api: { executor: 'constant-arrival-rate', rate: 5, timeUnit: '1s', duration: __ENV.D || '60s', preAllocatedVUs: 3, exec: 'api' } },
  thresholds: { mine: ['p(95)<1000'], 'http_req_duration{expected_response:true}': ['avg<5000'] } };
export default function () {
  group('shop', () => { check(http.get(__ENV.TARGET + '/text'), { fine: (r) => r.status === 200 }); t.add(5); });
  http.get(__ENV.TARGET + '/status/404', { tags: { name: 'missing' } });
  if (__ITER === 0) console.warn('a line of the script');
  sleep(0.2);
}
export function api() { http.get(__ENV.TARGET + '/text'); }
"""


class Watched(harness.Case):
    """Has no tests of its own: those who inherit would run them again."""

    def start(self, *flags, name="script.js"):
        started = self._enter(harness.Started("run", *flags, "-e", "TARGET=" + target.start(), self.folder.script(SCRIPT, name),
                                              cwd=str(self.folder.path)))
        started.wait_for("web dashboard: http://")
        started.wait_for("running (")
        return started, re.search(r"web dashboard: (http://\S+)", started.text()).group(1)

    def drive(self, task, url, *arguments):
        """A browser at work, which prints what it saw."""
        found = sorted((harness.ROOT / ".deps").glob("playwright-core-*"))
        if not found or not os.path.exists("/usr/bin/chromium"):
            raise AssertionError("no Chromium or playwright-core: run scripts/install --tests")
        return harness.popen(["node", str(harness.ROOT / "tests/support/browser.mjs"), task, url, *map(str, arguments)],
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                             env=dict(os.environ, PLAYWRIGHT=str(found[-1])))

    def saw(self, browser, seconds=120):
        out, err = browser.communicate(timeout=seconds)
        self.assertEqual(browser.returncode, 0, err)
        seen = json.loads(out)
        self.assertEqual((seen["errors"], seen["foreign"]), ([], []))
        return seen


class Browser(Watched):
    def test_every_section_at_three_sizes_in_both_colours(self):
        started, url = self.start("-o", "web-dashboard=port=0", "--agents", "2")
        harness.wait_until(lambda: urllib.request.urlopen(url + "/data.json", timeout=10).read().count(b'"heap"') == 2, 30,
                           "what both agents say of themselves")
        shots = pathlib.Path(os.environ.get("SCREENSHOTS", self.folder.path / "shots"))
        shots.mkdir(parents=True, exist_ok=True)
        seen = self.saw(self.drive("look", url, shots))
        self.assertEqual((seen["wide"], seen["nameless"], seen["unseen"]), ([], [], []))
        for section, texts in {"overview": ["Requests", "p(95)<1000", "fine"], "metrics": ["http_req_duration", "mine"],
                               "scenarios": ["people", "5.00 iterations/s", "Group shop"], "agents": [":", "Event loop late", "Heap", "MB"],
                               "log": ["a line of the script"]}.items():
            for text in texts:
                self.assertIn(text.lower(), seen["texts"][section].lower(), section)
        self.assertEqual(len([path for path in shots.glob("*-*-*.png") if not path.name.startswith("compare") and path.stat().st_size > 5000]), 5 * 3 * 2)
        started.signal(signal.SIGINT)
        self.expect_code(started.finish(), 105)

    def test_a_run_watched_to_its_end(self):
        started, url = self.start("-o", "web-dashboard=port=0", "-e", "D=60s")
        seen = self.saw(self.drive("watch", url))
        self.assertGreater(seen["states"], 20)
        self.assertGreaterEqual(seen["lines"], 8)
        self.assertIn("passed", seen["end"])
        self.assertIn("each iteration was counted once", seen["foot"])
        self.expect_code(started.finish(), 0)

    def test_a_server_that_is_started_anew(self):
        port = harness.free_port()
        first, url = self.start("-o", "web-dashboard=port=%d" % port, name="first.js")
        browser = self.drive("again", url)
        self.assertEqual(browser.stderr.readline(), "watching\n")
        first.signal(signal.SIGKILL)
        first.process.wait()
        self.assertEqual(browser.stderr.readline(), "lost\n")
        second, _ = self.start("-o", "web-dashboard=port=%d" % port, name="second.js")
        seen = self.saw(browser)
        self.assertIn("first.js", seen["first"])
        self.assertIn("second.js", seen["second"])
        second.signal(signal.SIGINT)
        self.expect_code(second.finish(), 105)

    def test_a_report_on_paper(self):
        run = harness.loadctl("run", "-q", "--agents", "2", "--report", "html=paper.html", "-e", "D=3s", "-e", "TARGET=" + target.start(),
                              self.folder.script(SCRIPT), cwd=str(self.folder.path))
        self.expect_code(run, 0)
        seen = self.saw(self.drive("print", (self.folder.path / "paper.html").as_uri()))
        self.assertEqual(seen["cut"], [])
        self.assertIn("Memory at most", seen["text"])

    def test_two_runs_compared(self):
        for name, seconds in (("base", "3s"), ("run", "5s")):
            run = harness.loadctl("run", "-q", "--record", name + ".record", "-e", "D=" + seconds, "-e", "TARGET=" + target.start(),
                                  self.folder.script(SCRIPT), cwd=str(self.folder.path))
            self.expect_code(run, 0)
        shots = pathlib.Path(os.environ.get("SCREENSHOTS", self.folder.path))
        run = harness.loadctl("compare", "--tolerance", "mine:p(95)=50%", "--report", "html=compared.html", "base.record", "run.record",
                              cwd=str(self.folder.path), export=False)
        self.expect_code(run, 0)
        seen = self.saw(self.drive("compare", (self.folder.path / "compared.html").as_uri(), shots))
        self.assertEqual(seen["wide"], [])
        self.assertEqual(seen["charts"], {name: 2 for name in (
            "mine, p(95)", "http_req_duration, p(95)", "http_req_duration, med", "http_reqs, rate", "http_req_failed, rate",
            "iterations, rate", "vus, value")})

    def test_the_buttons(self):
        started, url = self.start("-o", "web-dashboard=port=0", "--web-control", "auto")
        seen = self.saw(self.drive("steer", url))
        self.assertNotIn("control=", seen["address"])
        self.assertIn("running", seen["after_one_click"])
        self.assertIn("exit code 103", seen["end"])
        self.expect_code(started.finish(), 103)


class Crowds(Watched):
    """Many who look on, and one who never reads."""

    def connect(self, url):
        host, port = url.removeprefix("http://").split(":")
        link = self._enter(socket.create_connection((host, int(port)), 10))
        link.sendall(b"GET /events HTTP/1.1\r\nHost: %s:%s\r\n\r\n" % (host.encode(), port.encode()))
        return link

    def test_fifty_look_on_and_one_never_reads(self):
        started, url = self.start("-o", "web-dashboard=port=0", "-e", "D=15s")
        idle = self.connect(url)
        idle.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        links = [self.connect(url) for _ in range(50)]
        time.sleep(4)
        with urllib.request.urlopen(url + "/data.json", timeout=5) as answer:
            self.assertEqual(json.loads(answer.read())["run"]["phase"], "running")
        run = started.finish()
        self.expect_code(run, 0)
        for link in links:
            link.settimeout(10)
            text = b""
            while part := link.recv(1 << 16):
                text += part
            self.assertGreater(text.count(b"event: news"), 5)
            self.assertIn(b"event: end", text)


if __name__ == "__main__":
    unittest.main()
