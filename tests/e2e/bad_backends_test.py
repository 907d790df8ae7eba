"""Outputs whose backend refuses, asks for patience, or cannot be trusted: the run goes on, and loss is told."""

import ssl
import subprocess
import unittest

import backends
import harness
import remote

SCRIPT = """
import { Counter } from 'k6/metrics'; const c = new Counter('cc');
export const options = { vus: 2, iterations: 10 };
export default function () { c.add(1, { odd: '\\n"\\\\\\' \\u2028,= ' + 'x'.repeat(70000) }); }
"""


class BadBackends(harness.Case):
    def outputs(self, port, scheme="http"):
        """Flags and variables of each output that speaks HTTP."""
        url = "%s://127.0.0.1:%d" % (scheme, port)
        plain = "true" if scheme == "http" else "false"
        yield ["-o", "influxdb=%s/db" % url], {}
        yield ["-o", "experimental-prometheus-rw"], {"K6_PROMETHEUS_RW_SERVER_URL": url + "/api/v1/write"}
        yield ["-o", "opentelemetry"], {
            "K6_OTEL_EXPORTER_PROTOCOL": "http/protobuf", "K6_OTEL_HTTP_EXPORTER_INSECURE": plain,
            "K6_OTEL_HTTP_EXPORTER_ENDPOINT": "127.0.0.1:%d" % port}
        yield ["--traces-output", "otel=" + url], {}

    def run_with(self, flags, variables):
        return self.run_script(SCRIPT, "-q", *flags, "--fail-on", "output-loss", env=variables)

    def test_what_is_refused_is_lost_and_told(self):
        for status in (400, 413):
            with backends.Receiver() as receiver:
                receiver.answer = lambda number: (status, {})
                for flags, variables in self.outputs(receiver.port):
                    run = self.run_with(flags, variables)
                    self.expect_code(run, 112)
                    self.expect_text(run, "samples were lost")
                    self.assertEqual(run.count("iterations"), 10)

    def test_who_asks_for_patience_gets_it_all(self):
        for status, headers in ((429, {"Retry-After": "1"}), (503, {})):
            for which in range(4):
                with backends.Receiver() as receiver:
                    receiver.answer = lambda number: (status, headers) if number < 3 else (204, {})
                    run = self.run_with(*list(self.outputs(receiver.port))[which])
                    self.expect_code(run, 0)
                    self.assertGreater(len(receiver.requests), 2)

    def test_a_certificate_that_has_expired(self):
        certs = self.folder.path / "certs"
        remote.certificates(certs)
        key, certificate = certs / "controller.key", self.folder.path / "old.pem"
        public = subprocess.run(["openssl", "pkey", "-in", key, "-pubout"], capture_output=True, check=True).stdout
        subprocess.run(["openssl", "x509", "-new", "-CA", certs / "ca.pem", "-CAkey", certs / "ca.key", "-subj", "/CN=old",
                        "-force_pubkey", "/dev/stdin", "-days", "-1", "-out", certificate],
                       input=public, capture_output=True, check=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        receiver = backends.Receiver()
        receiver._server.socket = context.wrap_socket(receiver._server.socket, server_side=True)
        with receiver:
            flags, variables = next(self.outputs(receiver.port, "https"))
            run = self.run_with(flags, dict(variables, SSL_CERT_FILE=str(certs / "ca.pem")))
            self.expect_code(run, 112)
            self.assertRegex(run.stderr, "certificate has expired")
            self.assertEqual(receiver.requests, [])


if __name__ == "__main__":
    unittest.main()
