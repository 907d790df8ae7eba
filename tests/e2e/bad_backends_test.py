"""Outputs whose backend refuses, asks for patience, or cannot be trusted: the run goes on, and loss is told."""

import hashlib
import hmac
import json
import re
import ssl
import subprocess
import time
import unittest

import backends
import harness
import remote

SCRIPT = """
import { Counter } from 'k6/metrics'; const c = new Counter('cc');
export const options = { vus: 2, iterations: 10 };
export default function () { c.add(1, { odd: '\\n"\\\\\\' \\u2028,= ' + 'x'.repeat(70000) }); }
"""

# A sample an iteration for series a, two for series b, and nothing else that is sent.
COUNTED = """
import { Counter } from 'k6/metrics';
import { sleep } from 'k6';
const c = new Counter('cc');
export const options = { outMetrics: ['cc'], vus: 2, iterations: 40 };
export default function () { c.add(1, { s: 'a' }); c.add(1, { s: 'b' }); c.add(1, { s: 'b' }); sleep(0.1); }
"""
SAMPLES = 120
# A trace has a span an iteration.
TRACED = COUNTED.replace("outMetrics: ['cc'], ", "")


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

    def lost(self, flags, variables, script=COUNTED):
        """Of a run that goes on whatever becomes of its output: what it says is lost, and the run."""
        verdict = self.folder.path / "verdict.json"
        run = self.run_script(script, "-q", *flags, "--verdict-file", verdict, env=dict(
            {"K6_PROMETHEUS_RW_PUSH_INTERVAL": "200ms", "K6_INFLUXDB_PUSH_INTERVAL": "200ms",
             "K6_OTEL_FLUSH_INTERVAL": "100ms", "K6_OTEL_EXPORT_INTERVAL": "200ms"}, **variables))
        self.expect_code(run, 0)
        self.assertEqual(run.count("iterations"), 40)
        lost = json.loads(verdict.read_text())["outputs"][0]["lost"]
        self.assertEqual(run.stderr.count("samples were lost"), 1 if lost else 0, run.stderr)
        self.assertLessEqual(run.stderr.count("level=error"), 1, run.stderr)
        return lost, run

    def arrived(self, which, taken):
        """How many samples, or spans, are in what was answered by 2xx."""
        bodies = [body for path, _, body in taken if "/query" not in path]
        if which == 0:
            return sum(body.count(b"\n") for body in bodies)
        if which == 3:
            return sum(len(backends.spans(body)) for body in bodies)
        if not bodies:
            return 0
        latest = {}
        for body in bodies:
            if which == 1:
                latest.update((labels["s"], value) for labels, value in backends.remote_write(body))
            else:
                for point in backends.otlp(body)["metrics"]["cc"]["points"]:
                    latest[point["attributes"]["s"]] = point["value"]
        return sum(latest.values())

    def expect_all_accounted_for(self, answer, some_arrive=True, some_are_lost=True):
        """With each output: what was taken and what is said to be lost are all there is, and neither twice."""
        for which, name in enumerate(("influxdb", "prometheus", "opentelemetry", "traces")):
            with self.subTest(name), backends.Receiver() as receiver:
                receiver.answer = answer
                lost, _ = self.lost(*list(self.outputs(receiver.port))[which], TRACED if which == 3 else COUNTED)
                arrived = self.arrived(which, receiver.taken)
                self.assertEqual(lost + arrived, 40 if which == 3 else SAMPLES)
                self.assertEqual((arrived > 0, lost > 0), (some_arrive, some_are_lost))

    def test_one_that_refuses_from_the_middle_on(self):
        self.expect_all_accounted_for(lambda number: (204, {}) if number < 3 else (400, {}))

    def test_one_that_goes_away_in_the_middle_for_good(self):
        self.expect_all_accounted_for(lambda number: (204, {}) if number < 3 else (503, {"Retry-After": "60"}))

    def test_one_that_hangs_up_now_and_then(self):
        self.expect_all_accounted_for(lambda number: (None, {}) if number % 2 else (204, {}), some_are_lost=False)

    def test_one_that_fails_for_a_while_and_is_back(self):
        self.expect_all_accounted_for(lambda number: (500, {}) if 2 < number < 5 else (200, {}), some_are_lost=False)

    def test_one_that_answers_slowly(self):
        def slowly(number):
            time.sleep(0.7)
            return 200, {}
        self.expect_all_accounted_for(slowly, some_are_lost=False)

    def test_a_limit_on_the_size_of_a_body(self):
        for which, most in ((0, 500), (1, 80), (2, 180), (3, 1000)):
            with self.subTest(which), backends.Receiver() as receiver:
                receiver.answer = lambda number: (413 if len(receiver.requests[-1][2]) > most else 204, {})
                lost, _ = self.lost(*list(self.outputs(receiver.port))[which], TRACED if which == 3 else COUNTED)
                self.assertLess(len(receiver.taken), len(receiver.requests))
                self.assertEqual((lost, self.arrived(which, receiver.taken)), (0, 40 if which == 3 else SAMPLES))

    def test_a_collector_that_takes_a_part(self):
        # ExportMetricsPartialSuccess and ExportTracePartialSuccess: 1 of them, "no room".
        partial = bytes([0x0A, 11, 0x08, 1, 0x12, 7]) + b"no room"
        with backends.Receiver() as receiver:
            receiver.answer = lambda number: (200, {}, partial)
            outputs = list(self.outputs(receiver.port))
            lost, run = self.lost(*outputs[2])
            self.assertEqual(lost, 80)  # which of the two series is not said: the one with more
            self.assertEqual(run.stderr.count("OTLP partial success"), 1, run.stderr)
            self.expect_text(run, "no room")
            receiver.requests.clear()
            lost, run = self.lost(*outputs[3], TRACED)
            self.assertEqual(lost, len(receiver.requests))
        for answer, all_lost in ((b"", 0), (partial, 80)):
            with backends.GrpcReceiver(answer) as receiver:
                lost, run = self.lost(["-o", "opentelemetry"], {
                    "K6_OTEL_GRPC_EXPORTER_INSECURE": "true",
                    "K6_OTEL_GRPC_EXPORTER_ENDPOINT": "127.0.0.1:%d" % receiver.port})
                self.assertEqual((lost, run.stderr.count("no room")), (all_lost, 1 if all_lost else 0))
                self.assertGreater(len(receiver.received()[0]), 3)

    def test_an_answer_of_someone_else(self):
        with backends.Receiver() as receiver:
            receiver.answer = lambda number: (200, {}, b"<html>Welcome to the hotel</html>")
            for which, (flags, variables) in enumerate(self.outputs(receiver.port)):
                run = self.lost(flags, variables, TRACED if which == 3 else COUNTED)[1]
                self.assertEqual(run.stderr.count("Welcome to the hotel"), 1, run.stderr)

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


class SignedRequests(harness.Case):
    """AWS Signature Version 4, computed again from what arrived (docs.aws.amazon.com, "Create a signed AWS API request")."""

    KEYS = {"K6_PROMETHEUS_RW_SIGV4_REGION": "eu-west-1", "K6_PROMETHEUS_RW_SIGV4_ACCESS_KEY": "AKID",
            "K6_PROMETHEUS_RW_SIGV4_SECRET_KEY": "secret/+="}

    def signature(self, path, headers, body, signed, date, scope):
        lower = {name.lower(): value.strip() for name, value in headers.items()}
        request = "\n".join(["POST", path, "", *("%s:%s" % (name, lower[name]) for name in signed), "",
                             ";".join(signed), hashlib.sha256(body).hexdigest()])
        text = "\n".join(["AWS4-HMAC-SHA256", date, scope, hashlib.sha256(request.encode()).hexdigest()])
        key = b"AWS4secret/+="
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.new(key, text.encode(), "sha256").hexdigest()

    def test_of_remote_write(self):
        path = "/workspaces/ws-1/api/v1/remote_write"
        with backends.Receiver() as receiver:
            run = self.run_script(COUNTED, "-q", "-o", "experimental-prometheus-rw", env=dict(
                self.KEYS, K6_PROMETHEUS_RW_SERVER_URL=receiver.url + path, K6_PROMETHEUS_RW_HEADERS_X_Mine="a b",
                K6_PROMETHEUS_RW_PUSH_INTERVAL="500ms"))
            self.expect_code(run, 0)
        self.assertGreater(len(receiver.requests), 1)
        for where, headers, body in receiver.requests:
            found = re.fullmatch(r"AWS4-HMAC-SHA256 Credential=AKID/(\d{8}/eu-west-1/aps/aws4_request), "
                                 r"SignedHeaders=([a-z0-9_;-]+), Signature=([0-9a-f]{64})", headers["Authorization"])
            self.assertTrue(found, headers)
            signed = found[2].split(";")
            self.assertLessEqual({"host", "x-amz-date"}, set(signed))
            self.assertEqual(where, path)
            self.assertEqual(found[3], self.signature(where, headers, body, signed, headers["X-Amz-Date"], found[1]))

    def test_a_key_that_is_missing(self):
        for name in self.KEYS:
            run = self.run_script(COUNTED, "-o", "experimental-prometheus-rw", env=dict(self.KEYS, **{name: ""}))
            self.expect_one_error(run, 255, "sigv4 seems to be partially configured. All of K6_PROMETHEUS_RW_SIGV4_REGION,")


if __name__ == "__main__":
    unittest.main()
