"""A target that misbehaves is measured, with k6's error codes; it never breaks the run."""

import sys
import unittest

import bad_server
import harness
import proxy

# path: status, error_code and body, as k6 2.2 gives them.
EXPECTED = [
    ("ok", 200, 0, '"hello\\n"'),
    ("redirect/3", 200, 0, '"hello\\n"'),
    ("reset", 0, 1220, "null"),
    ("cut", 0, 1220, '"hel"'),
    ("close", 0, 1000, "null"),
    ("stall", 0, 1050, "null"),
    ("stall-body", 0, 1050, '"hel"'),
    ("long", 0, 1000, '"hello\\n"'),
    ("short", 200, 0, '"hel"'),
    ("bytes", 200, 0, '"hello\\n"'),
    ("bad-chunk", 0, 1000, '""'),
    ("garbage", 0, 1000, "null"),
    ("huge", 0, 1000, '"hel"'),
    ("odd-names", 200, 0, '"hello\\n"'),
    ("gzip-head", 0, 1701, "null"),
    ("status/299", 299, 0, '""'),
    ("status/600", 600, 1600, '""'),
    ("loop", 302, 0, '""'),
    ("ok", 200, 0, '"hello\\n"'),
]

SCRIPT = """
import http from 'k6/http';
export const options = { vus: 1, iterations: 1 };
export default function () {
  for (const path of %s) {
    const res = http.get(`${__ENV.TARGET}/${path}`, { timeout: '1s' });
    console.log(path, res.status, res.error_code, JSON.stringify(res.body));
  }
}
"""


class BadTarget(harness.Case):
    def test_each_kind_of_bad_answer_has_its_error_code(self):
        target = self._enter(bad_server.BadServer())
        run = self.run_script(SCRIPT % [path for path, *_ in EXPECTED], "-e", "TARGET=" + target.url,
                              "--log-format", "raw")
        self.expect_code(run, 0)
        seen = [line for line in run.stderr.splitlines() if line.split(" ")[0] in {path for path, *_ in EXPECTED}]
        self.assertEqual(seen, ["%s %d %d %s" % row for row in EXPECTED], str(run))
        # Whatever became of it, what was sent is counted: 3 and 10 redirects are requests, too.
        self.assertEqual(run.count("http_reqs"), len(EXPECTED) + 3 + 10, str(run))

    def test_a_body_cut_within_its_coding_shows_what_came(self):
        target = self._enter(bad_server.BadServer())
        run = self.run_script(SCRIPT % ["gzip-part"], "-e", "TARGET=" + target.url, "--log-format", "raw")
        self.expect_code(run, 0)
        self.assertRegex(run.stderr, r'gzip-part 0 1000 "hello')

    def test_what_a_server_wrote_in_the_head_reaches_the_script(self):
        target = self._enter(bad_server.BadServer())
        run = self.run_script("""
import http from 'k6/http';
export default function () {
  const res = http.get(`${__ENV.TARGET}/odd-names`);
  console.log(JSON.stringify([res.proto, res.status_text, Object.entries(res.headers).sort()]));
}
""", "-e", "TARGET=" + target.url, "--log-format", "raw")
        self.expect_code(run, 0)
        self.expect_text(run, '["HTTP/1.1","200 OK",[["Content-Length","6"],["Content-Type","text/plain"],'
                              '["X B c","2"],["X-A ","1"]]]')

    def test_refused(self):
        run = self.run_script("""
import http from 'k6/http';
export default function () { console.log('code', http.get(__ENV.TARGET).error_code); }
""", "-e", "TARGET=http://127.0.0.1:%d" % harness.free_port())
        self.expect_code(run, 0)
        self.expect_text(run, "code 1212")
        self.assertEqual(run.metric("http_req_failed")["passes"], 1)

    def test_connections_cut_at_random_bytes(self):
        nginx = self._enter(harness.Nginx())
        spoiler = self._enter(proxy.Proxy(nginx.port, cut_after=(1, 2000)))
        run = self.run_script("""
import http from 'k6/http';
export const options = { vus: 10, iterations: 500 };
export default function () { http.get(__ENV.TARGET, { timeout: '5s' }); }
""", "--agents", 2, "-e", "TARGET=" + spoiler.url)
        said = "%s\n%s" % (spoiler, run)
        self.assertEqual(run.code, 0, said)
        self.expect_balanced(run, 2)
        self.assertEqual(run.count("iterations"), 500, said)
        self.assertEqual(run.count("http_reqs"), 500, said)
        failed = run.metric("http_req_failed")
        self.assertEqual(failed["passes"] + failed["fails"], 500, said)
        self.assertGreater(failed["passes"], 0, said)
        self.assertGreaterEqual(spoiler.cuts, failed["passes"], said)

    def test_delay_of_the_network_is_measured(self):
        nginx = self._enter(harness.Nginx())
        slow = self._enter(proxy.Proxy(nginx.port, delay=0.05))
        run = self.run_script("""
import http from 'k6/http';
export const options = { vus: 2, iterations: 10 };
export default function () { http.get(__ENV.TARGET); }
""", "-e", "TARGET=" + slow.url)
        self.expect_code(run, 0)
        # Once on the way there, once on the way back.
        self.assertGreaterEqual(run.metric("http_req_duration")["min"], 100, str(run))
        self.assertLess(run.metric("http_req_duration")["min"], 1000, str(run))
        self.assertGreater(run.metric("http_req_waiting")["min"], 80, str(run))

    def test_a_vu_that_computes_is_not_the_targets_slowness(self):
        nginx = self._enter(harness.Nginx())
        run = self.run_script("""
import http from 'k6/http';
import { sleep } from 'k6';
export const options = { noConnectionReuse: true, scenarios: {
  computing: { executor: 'per-vu-iterations', iterations: 8, exec: 'compute' },
  asking: { executor: 'constant-vus', vus: 1, duration: '3s' } } };
export function compute() {
  for (const end = Date.now() + 300; Date.now() < end;);
  sleep(0.01);
}
export default function () { http.get(__ENV.TARGET); }
""", "--workers", 1, "-e", "TARGET=" + nginx.url)
        self.expect_code(run, 0)
        # Each connection and each answer was seen after up to 300 ms only.
        self.assertGreater(run.metric("iteration_duration")["max"], 280, str(run))
        self.assertLess(run.metric("http_req_connecting")["max"], 200, str(run))
        self.assertLess(run.metric("http_req_waiting")["max"], 200, str(run))


if __name__ == "__main__":
    sys.exit(unittest.main())
