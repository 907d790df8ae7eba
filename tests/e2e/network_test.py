"""The network options: from which address, how fast, and with which TLS a run speaks."""

import http.server
import json
import os
import subprocess
import sys
import threading
import time
import unittest

import certificates
import harness

GET = """
import http from 'k6/http';
%s
export default function () {
  const res = http.get(__ENV.TARGET);
  console.log(res.status, res.error_code, res.tls_version, res.tls_cipher_suite);
}
"""


class Network(harness.Case):
    def test_vus_of_all_agents_share_out_the_local_addresses(self):
        target = self._enter(harness.Nginx())
        run = self.run_script(GET % ("export const options = { scenarios: { s: "
                                     "{ executor: 'per-vu-iterations', vus: 4, iterations: 3 } } };"),
                              "--agents", 2, "--local-ips", "127.0.0.2-127.0.0.5", "-e", "TARGET=" + target.url)
        self.expect_code(run, 0)
        harness.wait_until(lambda: target.requests() == 12, what="the access log")
        self.assertEqual(target.clients(), {"127.0.0.%d" % i for i in range(2, 6)})

    def test_rps_holds_over_all_agents(self):
        target = self._enter(harness.Nginx())
        run = self.run_script(GET % "", "--agents", 2, "--rps", 40, "-u", 4, "-i", 80, "-e", "TARGET=" + target.url)
        self.expect_code(run, 0)
        self.assertEqual(run.count("http_reqs"), 80)
        # Two agents may each send one at once; beyond that no machine is too slow for this.
        self.assertLess(run.metric("http_reqs")["rate"], 42, str(run))


class Tls(harness.Case):
    def ask(self, target, options, env=None, code=0):
        run = self.run_script(GET % ("export const options = { %s };" % options), "-e", "TARGET=" + target.url,
                              "--log-format", "raw", env=env)
        self.expect_code(run, code)
        return run

    def test_version_and_suites_are_those_asked_for(self):
        target = self._enter(harness.Nginx("ssl"))
        run = self.ask(target, "insecureSkipTLSVerify: true, tlsVersion: 'tls1.2', "
                               "tlsCipherSuites: ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384']")
        self.expect_text(run, "200 0 tls1.2 TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384")

    def test_a_certificate_is_shown_to_its_hosts_only(self):
        target = self._enter(harness.Nginx("ssl", "ssl_verify_client on; ssl_client_certificate FOLDER/cert.pem;"))
        auth = "insecureSkipTLSVerify: true, tlsAuth: [{ cert: open('%s/cert.pem'), key: open('%s/key.pem')%s }]"
        run = self.ask(target, auth % (target.folder, target.folder, ""))
        self.expect_text(run, "200 0 tls1.3")
        run = self.ask(target, auth % (target.folder, target.folder, ", domains: ['127.0.0.1']"))
        self.expect_text(run, "200 0 tls1.3")
        run = self.ask(target, auth % (target.folder, target.folder, ", domains: ['elsewhere.test']"))
        self.expect_text(run, "400 1400")

    def test_authorities_and_key_log_come_from_the_environment(self):
        target = self._enter(harness.Nginx("ssl"))
        keys = target.folder / "keys.log"
        env = dict(os.environ, SSLKEYLOGFILE=str(keys), SSL_CERT_FILE=str(target.folder / "cert.pem"))
        self.expect_text(self.ask(target, "", env), "200 0 tls1.3")
        self.assertIn("CLIENT_TRAFFIC_SECRET_0 ", keys.read_text())
        self.expect_text(self.ask(target, ""), "0 1310")
        keys = target.folder / "none" / "keys.log"
        run = self.ask(target, "", dict(os.environ, SSLKEYLOGFILE=str(keys)), code=104)
        self.assertIn("SSLKEYLOGFILE: %s cannot be written: No such file or directory" % keys, run.stderr)


class Resumption(harness.Case):
    def resumed(self, version, *flags):
        """What nginx says of four handshakes of a VU: "r" if it was a resumed session."""
        target = self._enter(harness.Nginx("ssl", "add_header X-Resumed $ssl_session_reused;"))
        run = self.run_script("""
import http from 'k6/http';
export const options = { insecureSkipTLSVerify: true, noConnectionReuse: true, tlsVersion: '%s' };
export default function () {
  console.log('got', [...Array(4)].map(() => http.get(__ENV.TARGET).headers['X-Resumed']).join(''));
}
""" % version, "-e", "TARGET=" + target.url, "--log-format", "raw", *flags)
        self.expect_code(run, 0)
        return next(line for line in run.stderr.splitlines() if line.startswith("got "))

    def test_sessions_are_resumed_where_asked_for(self):
        for version in ("tls1.2", "tls1.3"):
            self.assertEqual(self.resumed(version), "got ....")
            self.assertEqual(self.resumed(version, "--tls-session-resumption"), "got .rrr")


class Ocsp(harness.Case):
    def stapled(self, state, serial):
        """nginx with a certificate of a small authority, and what that said of it (a line of openssl's index)."""
        def setup(folder):
            def openssl(*arguments):
                subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
            key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
            openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=ca", "-days", "9")
            openssl("req", *key, "-keyout", "key.pem", "-out", "leaf.csr", "-subj", "/CN=localhost")
            openssl("x509", "-req", "-in", "leaf.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial", serial,
                    "-out", "cert.pem", "-days", "9")
            (folder / "index").write_text(state)
            openssl("ocsp", "-index", "index", "-rsigner", "ca.pem", "-rkey", "ca.key", "-CA", "ca.pem", "-issuer",
                    "ca.pem", "-cert", "cert.pem", "-ndays", "1", "-respout", "ocsp.der")
        return self._enter(harness.Nginx("ssl", "ssl_stapling on; ssl_stapling_file FOLDER/ocsp.der;", setup))

    def ask(self, target):
        run = self.run_script("""
import http from 'k6/http';
export const options = { insecureSkipTLSVerify: true, systemTags: ['ocsp_status'],
  thresholds: { 'http_reqs{ocsp_status:good}': ['count>=0'], 'http_reqs{ocsp_status:revoked}': ['count>=0'],
    'http_reqs{ocsp_status:unknown}': ['count>=0'] } };
export default function () {
  const { ocsp } = http.get(__ENV.TARGET);
  const day = ocsp.next_update - ocsp.this_update;
  console.log('got', ocsp.status, ocsp.revocation_reason, ocsp.revoked_at, day, ocsp.produced_at > 1.7e9);
}
""", "-e", "TARGET=" + target.url, "--log-format", "raw")
        self.expect_code(run, 0)
        return run

    def test_what_is_stapled_reaches_the_script_and_the_tags(self):
        # As k6 2.2 shows them.
        run = self.ask(self.stapled("V\t400101000000Z\t\t1234\tunknown\t/CN=localhost\n", "0x1234"))
        self.expect_text(run, "got good unspecified -62135596800 86400 true")
        self.assertEqual(run.count("http_reqs{ocsp_status:good}"), 1)
        run = self.ask(self.stapled("R\t400101000000Z\t250101000000Z,keyCompromise\t1234\tunknown\t/CN=localhost\n",
                                    "0x1234"))
        self.expect_text(run, "got revoked key_compromise 1735689600 86400 true")
        run = self.ask(self._enter(harness.Nginx("ssl")))
        self.expect_text(run, "got unknown  0 0 false")
        self.assertEqual(run.count("http_reqs{ocsp_status:unknown}"), 1)


class IncompleteChains(harness.Case):
    """Servers that leave out the certificate between theirs and the root, and say where it is."""

    SCRIPT = GET % "export const options = { tlsAIAFetch: %s, noConnectionReuse: true };"

    def place(self):
        """An HTTP server on all of 127.0.0.0/8 with what `self.answers` has; `self.asked` counts."""
        case = self
        self.answers, self.asked = {}, []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                case.asked.append(self.path)
                status, body = case.answers.get(self.path, (404, b"no"))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                if status == 302:
                    self.send_header("Location", "/der")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("", 0), Handler)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server.server_address[1]

    def target(self, *urls):
        """nginx whose certificate names these places, http://127.0.0.1:PORT for %; with what the folder of it gives."""
        port = self.place()

        def setup(folder):
            def openssl(*arguments):
                return subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True).stdout
            certificates.authority(folder, "ca")
            certificates.authority(folder, "between", "ca", ["authorityInfoAccess=caIssuers;URI:http://127.0.0.1:%d/loop" % port])
            places = ["caIssuers;URI:" + url.replace("%", "http://127.0.0.1:%d" % port) for url in urls]
            certificates.leaf(folder, "cert", "between", [*certificates.FOR_HERE, "authorityInfoAccess=" + ",".join(places)])
            os.replace(folder / "cert.key", folder / "key.pem")
            self.answers.update({
                "/der": (200, openssl("x509", "-in", "between.pem", "-outform", "DER")),
                "/pem": (200, (folder / "between.pem").read_bytes()),
                "/bag": (200, openssl("crl2pkcs7", "-nocrl", "-certfile", "between.pem", "-outform", "DER")),
                "/other": (200, (folder / "ca.pem").read_bytes()), "/moved": (302, b""),
                "/rubbish": (200, b"\x30\x82" * 100), "/huge": (200, b"x" * 100_000)})
        return self._enter(harness.Nginx("ssl", setup=setup))

    def ask(self, target, option="true", *flags):
        env = dict(os.environ, SSL_CERT_FILE=str(target.folder / "ca.pem"))
        return self.run_script(self.SCRIPT % option, "-e", "TARGET=" + target.url, "--log-format", "raw", *flags, env=env)

    def test_what_is_missing_is_fetched_once(self):
        target = self.target("%/der")
        self.expect_text(self.ask(target, "false"), "0 1310")
        self.assertEqual(self.asked, [])
        run = self.ask(target, "true", "--workers", 1, "-u", 5, "-i", 40)
        self.expect_code(run, 0)
        self.assertEqual(run.stderr.count("200 0 tls1.3"), 40, str(run))
        self.assertEqual(self.asked, ["/der", "/loop"])  # which the one between names
        self.assertEqual(run.count("http_reqs"), 40)

    def test_it_comes_in_each_form(self):
        for form in ("pem", "bag"):
            self.expect_text(self.ask(self.target("%/" + form)), "200 0 tls1.3")
        target = self.target("ldap://127.0.0.1/x", "%/missing", "%/rubbish", "%/der")
        self.expect_text(self.ask(target), "200 0 tls1.3")

    def test_it_is_as_unknown_as_before_where_nothing_comes(self):
        for places in (["%/missing"], ["%/rubbish"], ["%/huge"], ["%/other"], ["%/moved"], ["http://127.0.0.1:1/x"], ["https://127.0.0.1:1/x"],
                       ["not a URL"], ["%/1", "%/2", "%/3", "%/4", "%/5", "%/der"]):
            self.expect_text(self.ask(self.target(*places)), "0 1310")
            self.assertLessEqual(len(self.asked), 5)

    def test_the_runs_rules_hold_for_it_too(self):
        target = self.target("%/der")
        self.expect_text(self.ask(target), "200 0 tls1.3")
        port = self.place()
        elsewhere = self.target("http://127.0.0.9:%d/der" % port)
        self.expect_text(self.ask(elsewhere, "true", "--blacklist-ip", "127.0.0.9/32"), "0 1310")
        self.assertEqual(self.asked, [])

    def test_who_does_not_verify_fetches_nothing(self):
        target = self.target("%/der")
        self.expect_text(self.ask(target, "true", "--insecure-skip-tls-verify"), "200 0 tls1.3")
        self.assertEqual(self.asked, [])


class Connections(harness.Case):
    def connections(self, *flags):
        """How many connections six requests took, the last two a second after the others."""
        target = self._enter(harness.Nginx())
        run = self.run_script("""
import http from 'k6/http';
import { sleep } from 'k6';
export default function () { for (let i = 0; i < 6; ++i) { http.get(__ENV.TARGET); if (i === 3) sleep(1); } }
""", "-e", "TARGET=" + target.url, *flags)
        self.expect_code(run, 0)
        harness.wait_until(lambda: target.requests() == 6, what="the access log")
        return target.connections()

    def test_they_have_an_age_and_a_patience_where_asked_for(self):
        self.assertEqual(self.connections(), 1)
        self.assertEqual(self.connections("--connection-max-age", "900ms"), 2)
        self.assertEqual(self.connections("--connection-idle-timeout", "900ms"), 2)
        self.assertEqual(self.connections("--connection-idle-timeout", "1h", "--connection-max-age", "1h"), 1)


class Reuse(harness.Case):
    SCRIPT = """
import http from 'k6/http';
export const options = %s;
export default function () { for (let i = 0; i < 3; ++i) http.get(__ENV.TARGET); }
"""

    def connections(self, options, *flags):
        """How many connections four iterations of two VUs take, three requests each, on one worker."""
        target = self._enter(harness.Nginx())
        run = self.run_script(self.SCRIPT % options, "--workers", 1, "-e", "TARGET=" + target.url, *flags)
        self.expect_code(run, 0)
        harness.wait_until(lambda: target.requests() == 12, what="the access log")
        return target.connections()

    def test_connections_are_kept_by_whom_the_run_says(self):
        two = "{ scenarios: { s: { executor: 'per-vu-iterations', vus: 2, iterations: 2 } } }"
        self.assertEqual(self.connections(two), 2)
        self.assertEqual(self.connections(two, "--connection-reuse", "vu"), 2)
        self.assertEqual(self.connections(two, "--connection-reuse", "iteration"), 4)
        self.assertLessEqual(self.connections(two, "--connection-reuse", "shared"), 2)
        one_by_one = "{ scenarios: { a: %s, b: { ...%s, startTime: '1s' } } }" % (
            ("{ executor: 'per-vu-iterations', vus: 1, iterations: 2 }",) * 2)
        self.assertEqual(self.connections(one_by_one, "--connection-reuse", "shared"), 1)

    def test_scenarios_have_a_say(self):
        scenario = "{ scenarios: { s: { executor: 'per-vu-iterations', vus: 2, iterations: 2, options: %s } } }"
        self.assertEqual(self.connections(scenario % "{ connectionReuse: 'iteration' }"), 4)
        self.assertEqual(self.connections(scenario % "{ connectionReuse: 'vu' }", "--connection-reuse", "iteration"), 2)
        run = self.run_script(self.SCRIPT % (scenario % "{ connectionReuse: 'always' }"))
        self.expect_one_error(run, 104, "connectionReuse", "vu, iteration or shared")
        run = self.run_script(self.SCRIPT % "{}", "--connection-reuse", "never")
        self.expect_one_error(run, 255, "--connection-reuse", "vu, iteration or shared")

    def test_a_vu_has_no_more_than_it_may(self):
        target = self._enter(harness.Nginx())
        run = self.run_script("""
import http from 'k6/http';
export const options = { batchPerHost: 0, connectionMetrics: true, thresholds: {
  loadctl_connections_opened: ['count==2'], loadctl_connections_reused: ['count==10'], http_req_looking_up: ['max==0'] } };
export default function () {
  const all = http.batch(Array(12).fill(__ENV.TARGET));
  console.log('got', all.every((one) => one.status === 200), all.filter((one) => one.timings.blocked > 0).length >= 10);
}
""", "--connections-per-host", 2, "-e", "TARGET=" + target.url, "--log-format", "raw")
        self.expect_code(run, 0)
        self.expect_text(run, "got true true")
        harness.wait_until(lambda: target.requests() == 12, what="the access log")
        self.assertEqual(target.connections(), 2)

    def test_connections_are_counted_by_host(self):
        target, other = self._enter(harness.Nginx()), self._enter(harness.Nginx())
        run = self.run_script("""
import http from 'k6/http';
import { sleep } from 'k6';
const [one, two] = __ENV.TARGETS.split(' ');
const name = (url) => url.slice(7);
export const options = { vus: 3, iterations: 3, thresholds: {
  [`loadctl_connections_opened{host:${name(one)}}`]: ['count==3'],
  [`loadctl_connections_opened{host:${name(two)}}`]: ['count==3'],
  [`loadctl_connections_reused{host:${name(one)}}`]: ['count==3'],
  [`loadctl_connections_reused{host:${name(two)}}`]: ['count==0'],
  loadctl_connections_open: ['value<=6'] } };
export default function () { for (const url of [one, two, one]) http.get(url); sleep(2.2); }
""", "-e", "TARGETS=%s %s" % (target.url, other.url))
        self.expect_code(run, 0)
        self.assertEqual(run.metric("loadctl_connections_open")["max"], 6)


class UnixSockets(harness.Case):
    SCRIPT = """
import http from 'k6/http';
export const options = { insecureSkipTLSVerify: true, hosts: { 'app.test': 'unix:%s', 'other.test:81': 'unix:/no/where' } };
export default function () {
  const res = http.get(__ENV.TARGET);
  console.log('got', res.status, res.remote_ip, res.remote_port, res.tls_version, res.error_code, res.error);
}
"""

    def ask(self, socket, url, *flags):
        run = self.run_script(self.SCRIPT % socket, "-e", "TARGET=" + url, "--log-format", "raw", *flags)
        self.expect_code(run, 0)
        return next(line[4:] for line in run.stderr.splitlines() if line.startswith("got "))

    def test_a_name_may_stand_for_one(self):
        target = self._enter(harness.Nginx(unix=True))
        socket = target.folder / "nginx.sock"
        self.assertEqual(self.ask(socket, "http://app.test/x"), "200 %s 0  0 " % socket)
        self.assertEqual(self.ask(socket, "http://app.test:8080/x", "-u", 2, "-i", 4), "200 %s 0  0 " % socket)
        self.assertEqual(self.ask(socket, "http://other.test:81/"),
                         "0  0  1010 dial unix /no/where: connect: no such file or directory")

    def test_tls_is_spoken_there_too(self):
        target = self._enter(harness.Nginx("ssl", unix=True))
        socket = target.folder / "nginx.sock"
        self.assertEqual(self.ask(socket, "https://app.test/"), "200 %s 0 tls1.3 0 " % socket)

    def test_what_is_no_socket_is_refused(self):
        for text, why in (("app.sock", "is no Unix socket"), ("", "is no Unix socket"),
                          ("/" + "x" * 107, "is too long for a Unix socket")):
            run = self.run_script(self.SCRIPT % text, "-e", "TARGET=http://app.test")
            self.expect_one_error(run, 104, "app.test", why)


class Har(harness.Case):
    SCRIPT = """
import http from 'k6/http';
import { group } from 'k6';
export default function () {
  http.post(__ENV.TARGET + '/a?b=1&token=hidden', { user: 'me', password: 'hidden' },
    { headers: { Authorization: 'Bearer hidden' }, cookies: { sid: 'hidden' } });
  group('g', () => http.get('http://127.0.0.1:1/'));
}
"""

    def test_a_run_leaves_its_requests(self):
        target = self._enter(harness.Nginx())
        path = self.folder.path / "out.har"
        run = self.run_script(self.SCRIPT, "-e", "TARGET=" + target.url, "--har", path, "--agents", 2, "-u", 2, "-i", 2)
        self.expect_code(run, 0)
        text = path.read_text()
        self.assertNotIn("hidden", text)
        log = json.loads(text)["log"]
        self.assertEqual(log["version"], "1.2")
        self.assertEqual([entry["request"]["method"] for entry in log["entries"]].count("POST"), 2)
        self.assertEqual({entry["_agent"] for entry in log["entries"]}, {1, 2})
        entry = next(one for one in log["entries"] if one["request"]["method"] == "POST")
        self.assertEqual(entry["request"]["url"], target.url + "/a?b=1&token=***")
        self.assertEqual(entry["request"]["postData"]["text"], "password=***&user=me")
        self.assertEqual(entry["response"]["content"]["text"], harness.Nginx.BODY)
        self.assertEqual((entry["response"]["status"], entry["response"]["statusText"]), (200, "OK"))
        self.assertGreater(entry["timings"]["connect"], 0)
        failed = next(one for one in log["entries"] if one["response"]["status"] == 0)
        self.assertEqual((failed["_group"], failed["response"]["_error"]), ("::g", "dial: connection refused"))

    def test_it_has_an_end(self):
        target = self._enter(harness.Nginx())
        path = self.folder.path / "out.har"
        run = self.run_script("import http from 'k6/http'; export default function () { http.get(__ENV.TARGET); }",
                              "-e", "TARGET=" + target.url, "--har", path, "-u", 2, "-i", 1500)
        self.expect_code(run, 0)
        self.expect_text(run, "the HTTP archive has the first requests of each agent only: 1,000 requests")
        log = json.loads(path.read_text())["log"]
        self.assertEqual(len(log["entries"]), 1000)
        self.assertIn("the first requests only", log["comment"])
        self.assertEqual(run.count("http_reqs"), 1500)

    def test_what_cannot_be_written_is_said_before_the_run(self):
        run = self.run_script(self.SCRIPT, "--har", "/no/such/folder/x.har")
        self.expect_one_error(run, 255, "failed to save the HTTP archive", "/no/such/folder/x.har")


class Streams(harness.Case):
    def test_events_come_as_they_are_sent(self):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                for number in range(5):
                    piece = b"id: %d\ndata: tick\n\n" % number
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                    time.sleep(0.2)
                self.wfile.write(b"0\r\n\r\n")

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        run = self.run_script("""
import http from 'k6/http';
import { Counter, Trend } from 'k6/metrics';
const gap = new Trend('gap', true);
const gaps = new Counter('gaps');
export const options = { vus: 2, iterations: 2, thresholds: { http_reqs: ['count==2'], gaps: ['count==8'] } };
export default function () {
  const stream = http.stream('GET', __ENV.TARGET);
  let before;
  for (const { data, id, time } of stream.events()) {
    if (before !== undefined) {
      gap.add(time - before);
      gaps.add(1);
    }
    before = time;
  }
  const { duration, waiting } = stream.close().timings;
  console.log('got', stream.status, duration >= 800, waiting < 800);
}
""", "-e", "TARGET=http://127.0.0.1:%d/" % server.server_port, "--log-format", "raw")
        self.expect_code(run, 0)
        self.assertEqual(run.stderr.count("got 200 true true"), 2, str(run))
        self.assertGreaterEqual(run.metric("gap")["max"], 200, str(run))


class Debug(harness.Case):
    SCRIPT = """
import http from 'k6/http';
export default function () {
  http.post(__ENV.TARGET + '/a?b=1', 'hello body', { headers: { 'x-one': '1' }, tags: { my: 'tag' } });
}
"""

    def logged(self, *flags):
        """The two lines of an exchange, as fields; the request's, then the answer's."""
        target = self._enter(harness.Nginx())
        run = self.run_script(self.SCRIPT, "-e", "TARGET=" + target.url, "--user-agent", "me", "--log-format", "json",
                              *flags)
        self.expect_code(run, 0)
        lines = [json.loads(line) for line in run.stderr.splitlines() if "http-debug" in line]
        self.assertEqual(len(lines), 2, str(run))
        self.host = target.url.removeprefix("http://")
        return lines

    def test_heads_are_logged_as_by_k6(self):
        asked, answered = self.logged("--http-debug")
        head = "POST /a?b=1 HTTP/1.1\nHost: %s\nUser-Agent: me\nContent-Length: 10\nX-One: 1\n\n" % self.host
        self.assertEqual(asked["msg"], "Request:\n" + head + "\n")
        self.assertRegex(answered["msg"], r"^Response:\nHTTP/1.1 200 OK\nContent-Length: 33\nConnection: keep-alive\n"
                                          r"Content-Type: application/json\nDate: .* GMT\nServer: nginx/.*\n\n\n$")
        self.assertEqual(asked["request_id"], answered["request_id"])
        shown = {name: asked[name] for name in ("level", "group", "my", "scenario", "source", "iter", "vu")}
        self.assertEqual({name: str(value) for name, value in shown.items()},
                         {"level": "info", "group": "", "my": "tag", "scenario": "default", "source": "http-debug",
                          "iter": "0", "vu": "1"})

    def test_full_shows_bodies(self):
        asked, answered = self.logged("--http-debug=full")
        self.assertTrue(asked["msg"].endswith("X-One: 1\n\nhello body\n"), asked["msg"])
        self.assertTrue(answered["msg"].endswith("\n\n" + harness.Nginx.BODY + "\n"), answered["msg"])


if __name__ == "__main__":
    sys.exit(unittest.main())
