"""HTTP/2 is spoken where the server offers it with TLS, many requests on one connection, as k6 does."""

import os
import sys
import unittest

import harness

SCRIPT = """
import http from 'k6/http';
export const options = { vus: %(vus)d, iterations: %(iterations)d, insecureSkipTLSVerify: true };
const url = __ENV.TARGET;
export default async function () {
  const one = http.get(`${url}/one`);
  console.log('one', one.status, one.proto, one.status_text, one.tls_version, one.json('hello'),
    one.headers['Content-Type'], one.timings.duration > 0, one.error_code);
  const many = http.batch([...Array(6)].map((_, i) => ['GET', `${url}/${i}`]));
  console.log('many', many.map((res) => res.proto).join());
  const all = await Promise.all([...Array(10)].map(() => http.asyncRequest('POST', url, 'body')));
  console.log('all', all.map((res) => res.status).join());
  console.log('missing', http.get(`${url}/missing`).status_text);
}
"""
REQUESTS = 1 + 6 + 10 + 1


class Http2(harness.Case):
    def run_against(self, target, *arguments, vus=1, iterations=1):
        return self.run_script(SCRIPT % {"vus": vus, "iterations": iterations}, "-e", "TARGET=" + target.url,
                               "--log-format", "raw", *arguments)

    def test_all_requests_of_a_vu_share_a_connection(self):
        target = self._enter(harness.Nginx("ssl http2"))
        run = self.run_against(target, vus=2, iterations=6)
        self.expect_code(run, 0)
        self.expect_text(run, "one 200 HTTP/2.0 200 OK tls1.3 world application/json true 0")
        self.expect_text(run, "many " + ",".join(["HTTP/2.0"] * 6))
        self.expect_text(run, "all " + ",".join(["200"] * 10))
        self.expect_text(run, "missing 404 Not Found")
        self.assertEqual(run.count("http_reqs"), 6 * REQUESTS)
        harness.wait_until(lambda: target.requests() == 6 * REQUESTS, what="the access log")
        self.assertEqual(target.connections(), 2)
        self.assertGreater(run.count("data_received"), 6 * REQUESTS * 30)

    def test_requests_that_start_together_make_one_connection(self):
        target = self._enter(harness.Nginx("ssl http2"))
        run = self.run_script("""
import http from 'k6/http';
export const options = { insecureSkipTLSVerify: true, batchPerHost: 20, scenarios: { s: {
  executor: 'per-vu-iterations', vus: 5, iterations: 1 } } };
export default function () { http.batch([...Array(20)].map(() => ['GET', __ENV.TARGET])); }
""", "-e", "TARGET=" + target.url)
        self.expect_code(run, 0)
        self.assertEqual(run.metric("http_req_failed")["passes"], 0)
        harness.wait_until(lambda: target.requests() == 100, what="the access log")
        self.assertEqual((target.connections(), target.accepted()), (5, 5))

    def test_servers_without_it_are_spoken_to_as_before(self):
        target = self._enter(harness.Nginx("ssl"))
        run = self.run_against(target)
        self.expect_code(run, 0)
        self.expect_text(run, "one 200 HTTP/1.1 200 OK tls1.3 world application/json true 0")

    def test_it_can_be_switched_off(self):
        target = self._enter(harness.Nginx("ssl http2"))
        run = self.run_script(SCRIPT % {"vus": 1, "iterations": 1}, "-e", "TARGET=" + target.url, "--log-format", "raw",
                              env=dict(os.environ, GODEBUG="panicnil=1,http2client=0"))
        self.expect_code(run, 0)
        self.expect_text(run, "one 200 HTTP/1.1 200 OK")

    def test_a_threshold_can_ask_for_the_protocol(self):
        target = self._enter(harness.Nginx("ssl http2"))
        run = self.run_script("""
import http from 'k6/http';
export const options = { insecureSkipTLSVerify: true, thresholds: {
  'http_reqs{proto:HTTP/2.0}': ['count==1'], 'http_reqs{proto:HTTP/1.1}': ['count==0'] } };
export default function () { http.get(__ENV.TARGET); }
""", "-e", "TARGET=" + target.url)
        self.expect_code(run, 0)


class Versions(harness.Case):
    SCRIPT = """
import http from 'k6/http';
export const options = { insecureSkipTLSVerify: true };
export default function () {
  for (const httpVersion of JSON.parse(__ENV.VERSIONS)) {
    const res = http.get(__ENV.TARGET, { httpVersion });
    console.log('got', httpVersion, res.status, res.proto, res.error_code, res.error);
  }
}
"""

    def ask(self, target, versions, *flags, url=None):
        """What came of a request by each version."""
        run = self.run_script(self.SCRIPT, "-e", "TARGET=" + (url or target.url), "-e", "VERSIONS=" + versions,
                              "--log-format", "raw", *flags)
        self.expect_code(run, 0)
        return [line[4:].strip() for line in run.stderr.splitlines() if line.startswith("got ")]

    def test_requests_choose_and_do_not_share_connections(self):
        target = self._enter(harness.Nginx("ssl http2"))
        self.assertEqual(self.ask(target, '["1.1", "2", 1.1, null, "h2c"]'),
                         ["1.1 200 HTTP/1.1 0", "2 200 HTTP/2.0 0", "1.1 200 HTTP/1.1 0", "null 200 HTTP/2.0 0",
                          "h2c 200 HTTP/2.0 0"])
        harness.wait_until(lambda: target.requests() == 5, what="the access log")
        self.assertEqual(target.connections(), 2)

    def test_the_run_chooses(self):
        target = self._enter(harness.Nginx("ssl http2"))
        self.assertEqual(self.ask(target, "[null]", "--http-version", "1.1"), ["null 200 HTTP/1.1 0"])
        self.assertEqual(self.ask(target, '["2"]', "--http-version", "1.1"), ["2 200 HTTP/2.0 0"])

    def test_scenarios_choose(self):
        target = self._enter(harness.Nginx("ssl http2"))
        run = self.run_script("""
import http from 'k6/http';
import exec from 'k6/execution';
const once = (httpVersion) => ({ executor: 'per-vu-iterations', vus: 1, iterations: 1, options: { httpVersion } });
export const options = { insecureSkipTLSVerify: true, scenarios: { old: once('1.1'), young: once('2') } };
export default function () { console.log('got', exec.scenario.name, http.get(__ENV.TARGET).proto); }
""", "-e", "TARGET=" + target.url, "--log-format", "raw")
        self.expect_code(run, 0)
        self.expect_text(run, "got old HTTP/1.1")
        self.expect_text(run, "got young HTTP/2.0")
        run = self.run_script("export const options = { scenarios: { s: { executor: 'constant-vus', duration: '1s', "
                              "options: { httpVersion: 2 } } } }; export default function () {}")
        self.expect_one_error(run, 104, "httpVersion", "1.1, 2 or h2c")

    def test_http2_that_is_not_there_is_a_failure(self):
        target = self._enter(harness.Nginx("ssl"))
        self.assertEqual(self.ask(target, '["2"]'), ["2 0  1010 remote error: tls: no application protocol"])
        plain = self._enter(harness.Nginx())
        self.assertEqual(self.ask(plain, '["2"]'),
                         ['2 0  1000 http2: httpVersion "2" needs https; without TLS it is "h2c"'])

    def test_http2_without_tls(self):
        target = self._enter(harness.Nginx("http2"))
        url = "http://127.0.0.1:%d" % target.port
        self.assertEqual(self.ask(target, '["h2c", "h2c"]', url=url), ["h2c 200 HTTP/2.0 0"] * 2)
        harness.wait_until(lambda: target.requests() == 2, what="the access log")
        self.assertEqual(target.connections(), 1)

    def test_other_words_are_refused(self):
        target = self._enter(harness.Nginx())
        run = self.run_script(self.SCRIPT, "-e", "TARGET=" + target.url, "-e", 'VERSIONS=["3"]')
        self.expect_text(run, "httpVersion '3' is none of 1.1, 2 and h2c")
        run = self.run_script("export default function () {}", "--http-version", "3")
        self.expect_one_error(run, 255, "--http-version", "1.1, 2 or h2c")


if __name__ == "__main__":
    sys.exit(unittest.main())
