"""The network options: from which address, how fast, and with which TLS a run speaks."""

import json
import os
import subprocess
import sys
import unittest

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
    def ask(self, target, options, env=None):
        run = self.run_script(GET % ("export const options = { %s };" % options), "-e", "TARGET=" + target.url,
                              "--log-format", "raw", env=env)
        self.expect_code(run, 0)
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
