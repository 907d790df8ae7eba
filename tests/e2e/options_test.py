"""Options from all places: what they do, what a script sees of them, and what is refused before anything is started."""

import json
import signal
import sys
import unittest

import harness

EMPTY = "export default function () {}"


class Hosts(harness.Case):
    SCRIPT = """
import http from 'k6/http';
export const options = { hosts: %s, vus: 1, iterations: 1 };
export default function () {
  for (const url of %s) console.log(url, http.get(url).status);
}
"""

    def test_names_are_dialled_elsewhere(self):
        with harness.Nginx() as target:
            hosts = {
                "exact.test:8080": "127.0.0.1:%d" % target.port,  # with ports on both sides
                "*.shop.test": "127.0.0.1",                       # any name below, the URL's port
                "UPPER.test": "127.0.0.1:%d" % target.port,       # any port
                "*.both.test": "127.0.0.9:1",
                "very.both.test": "127.0.0.1:%d" % target.port,   # the exact one wins
            }
            urls = ["http://exact.test:8080/", "http://a.b.shop.test:%d/" % target.port, "http://upper.test/",
                    "http://upper.test:77/", "http://very.both.test/"]
            run = self.run_script(self.SCRIPT % (json.dumps(hosts), json.dumps(urls)))
            self.expect_code(run, 0)
            for url in urls:
                self.expect_text(run, url + " 200")
            self.assertEqual(target.requests(), len(urls), str(run))

    def test_addresses_of_version_6(self):
        script = self.SCRIPT % ('{ "six.test": "[::1]:1", "seven.test": "::1" }', '["http://six.test/", "http://seven.test:1/"]')
        run = self.run_script(script)
        self.expect_code(run, 0)
        self.assertEqual(run.stderr.count("dial tcp [::1]:1"), 2, str(run))

    def test_what_is_no_address_is_refused(self):
        for hosts, text in (('{ "a": "b" }', "option hosts.a: 'b' is neither an IP address nor one with a port"),
                            ('{ "a": "1.2.3.4:70000" }', "'1.2.3.4:70000' has no port from 0 to 65535"),
                            ('{ "a b": "1.2.3.4" }', "invalid host pattern 'a b'"),
                            ('{ "a": 5 }', "an object such as")):
            self.expect_one_error(self.run_script(self.SCRIPT % (hosts, "[]")), 104, text)


class Forbidden(harness.Case):
    SCRIPT = """
import http from 'k6/http';
export const options = { hosts: { 'mapped.it': '127.0.0.1' }%s };
export default function () {
  for (const url of ['http://x.test/', 'http://A.B.TEST/', 'http://127.0.0.1:1/', 'http://mapped.it:1/', 'http://[::1]:1/']) {
    const res = http.get(url);
    console.log(url, res.error_code, res.error);
  }
}
"""

    def expect_forbidden(self, run):
        self.expect_code(run, 0)
        for text in ("http://x.test/ 1111 hostname is blocked", "http://A.B.TEST/ 1111 hostname is blocked",
                     "http://127.0.0.1:1/ 1110 ip is blacklisted", "http://mapped.it:1/ 1110 ip is blacklisted",
                     "http://[::1]:1/ 1212"):
            self.expect_text(run, text)

    def test_names_and_addresses(self):
        self.expect_forbidden(self.run_script(
            self.SCRIPT % ", blockHostnames: ['x.test', '*.test'], blacklistIPs: ['127.0.0.5/8']"))
        self.expect_forbidden(self.run_script(self.SCRIPT % "", "--block-hostnames", "x.test,*.test", "--blacklist-ip",
                                              "127.0.0.0/8"))
        self.expect_forbidden(self.run_script(self.SCRIPT % "", env={"K6_BLOCK_HOSTNAMES": "*.test",
                                                                     "K6_BLACKLIST_IPS": "10.0.0.0/8,127.0.0.0/8"}))

    def test_what_is_no_range_or_name(self):
        for options, text in ((", blacklistIPs: ['127.0.0.5']", "failed to parse CIDR '127.0.0.5': invalid CIDR address"),
                              (", blockHostnames: ['a_b']", "invalid hostname pattern 'a_b'")):
            self.expect_one_error(self.run_script(self.SCRIPT % options), 104, text)


class WrittenBack(harness.Case):
    SCRIPT = """
import exec from 'k6/execution';
export const options = { vus: 1, iterations: 2, thresholds: { iterations: ['count>0'] }, mine: 'kept' };
const seen = () => JSON.stringify([options.vus, options.iterations, options.tags, options.batch, options.mine,
                                   Object.keys(options.scenarios)]);
export function setup() { console.log('setup', seen()); }
export default function () { if (exec.scenario.iterationInTest === 0) console.log('default', seen()); }
export function teardown() { console.log('teardown', seen()); }
export function handleSummary() { console.log('summary', seen()); return {}; }
"""

    def expect_seen(self, expected, *flags, env=None):
        run = self.run_script(self.SCRIPT, *flags, env=env)
        self.expect_code(run, 0)
        for place in ("setup", "default", "teardown", "summary"):
            self.assertIn("%s %s" % (place, json.dumps(expected, separators=(",", ":"))),
                          run.stderr.replace('\\"', '"'), str(run))

    def test_flags_variables_and_file_reach_the_scripts_options(self):
        config = self.folder.script('{"batch": 3, "vus": 9}', "config.json")
        self.expect_seen([1, 2, None, None, "kept", ["default"]])
        self.expect_seen([3, 6, {"run": "nightly"}, None, "kept", ["default"]], "-u", "3", "-i", "6", "--tag",
                         "run=nightly", "--agents", "2")
        self.expect_seen([2, 4, None, 3, "kept", ["default"]], "-c", config, env={"K6_VUS": "2", "K6_ITERATIONS": "4"})


class Unsupported(harness.Case):
    def test_what_is_let_pass_is_warned_of(self):
        for flags, text in ((["--console-output", "f"], "flag --console-output is not yet supported and was ignored"),
                            (["--compatibility-mode", "base"], "flag --compatibility-mode is not yet supported and was")):
            run = self.run_script(EMPTY, "--allow-unsupported", *flags)
            self.expect_code(run, 0)
            self.assertEqual(run.stderr.count(text), 1, str(run))

    def test_all_that_is_refused_is_in_one_message(self):
        run = self.run_script("export const options = { features: ['x'], metricSamplesBufferSize: 500 }; " + EMPTY)
        self.expect_one_error(run, 104, "option features of the script", "option metricSamplesBufferSize of the script")


class Strict(harness.Case):
    def test_options_that_nobody_knows(self):
        script = "export const options = { vuss: 2 }; " + EMPTY
        self.expect_code(self.run_script(script), 0)
        self.expect_one_error(self.run_script(script, "--strict"), 104, 'unknown field "vuss"')
        config = self.folder.script('{"vuss": 2}', "config.json")
        self.expect_code(self.run_script(EMPTY, "-c", config), 0)
        self.expect_one_error(self.run_script(EMPTY, "-c", config, "--strict"), 104,
                              "option vuss of the configuration file is not known")

    def test_thresholds_that_judge_nothing(self):
        script = "export const options = { thresholds: { 'http_req_duration{a:b}': ['p(95)<1'] } }; " + EMPTY
        self.expect_code(self.run_script(script), 0)
        self.expect_one_error(self.run_script(script, "--strict"), 112, "http_req_duration{a:b} has a threshold and no samples")


class Limits(harness.Case):
    def test_too_many_agents_are_refused_before_the_first_is_started(self):
        for count, text in ((100001, "must be at most 10000"), (9999, "is more than this machine carries: at most ")):
            run = self.run_script(EMPTY, "--agents", count)
            self.assertNotEqual(run.code, 0)
            self.assertEqual(len(run.errors()), 1, str(run))
            self.expect_text(run, text)

    def test_numbers_have_bounds(self):
        for flags, text in ((["--workers", "4294967297"], "must be at most 1024"),
                            (["--vus-per-isolate", "4294967297"], "must be at most 10000"),
                            (["--max-heap", "1"], "must be at least 4M"),
                            (["--max-heap", "900T"], "want a size such as"),
                            (["--max-heap", "2000G"], "must be at most 1024G")):
            self.expect_one_error(self.run_script(EMPTY, *flags), 255, text)

    def test_starting_agents_ends_at_a_signal(self):
        with harness.Started("run", "--agents", 500, "--ignore-limits", self.folder.script(EMPTY)) as started:
            # Two: the first may still be the process that evaluates the script.
            harness.wait_until(lambda: len(started.agents()) > 1, what="the second agent")
            started.signal(signal.SIGTERM)
            harness.wait_until(lambda: "signal" in started.text(), 60, "the word of the signal")
            self.assertLess(len(started.agents()), 100)
            run = started.finish()
        self.expect_code(run, 105)


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
