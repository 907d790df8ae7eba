"""The network options: from which address, how fast, and with which TLS a run speaks."""

import os
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


if __name__ == "__main__":
    sys.exit(unittest.main())
