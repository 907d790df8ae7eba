"""--traces-output: spans of iterations and requests, as a collector gets them."""

import collections
import unittest

import backends
import harness
import outputs_test
import target

TRACED = """
import http from 'k6/http';
import exec from 'k6/execution';
export const options = { vus: 3, iterations: 6 };
export function setup() { http.get(__ENV.TARGET + '/text'); }
export default function () {
  http.get(__ENV.TARGET + '/text?' + exec.scenario.iterationInTest, { tags: { name: 'text', mine: 'x' } });
  http.get(__ENV.TARGET + '/status/404');
  exec.vu.metrics.metadata.trace_id = '0123456789abcdef0123456789abcdef';
  http.get('http://127.0.0.1:1/');
  delete exec.vu.metrics.metadata.trace_id;
}
"""


class Traces(outputs_test.Outputs):
    def traced(self, *flags, **more):
        return self.run_script(TRACED, "-e", "TARGET=" + target.start(), *flags, **more)

    def expect_spans(self, spans):
        ids = [span["id"] for span in spans]
        self.assertEqual(len(set(ids)), len(ids))
        roots = {span["id"]: span for span in spans if span["name"] == "iteration"}
        self.assertEqual((len(roots), len({span["trace"] for span in roots.values()})), (6, 6))
        below = collections.Counter(span["parent"] for span in spans if span["parent"])
        self.assertEqual(below, {one: 2 for one in roots})
        for span in spans:
            self.assertEqual(span["resource"]["service.name"], "k6")
            self.assertLessEqual(span["start"], span["end"])
            if span["parent"]:
                root = roots[span["parent"]]
                self.assertEqual(root["trace"], span["trace"])
                self.assertLessEqual((root["start"], span["end"]), (span["start"], root["end"]))
                for key in ("test.vu", "test.iteration.number", "test.scenario"):
                    self.assertEqual(root["attributes"][key], span["attributes"][key])
        named = [span for span in spans if span["name"] == "GET text"]
        self.assertEqual((len(named), {span["attributes"]["url.template"] for span in named}), (6, {"text"}))
        self.assertFalse([span for span in named if "url.full" in span["attributes"]])
        self.assertEqual((named[0]["kind"], named[0]["status"], named[0]["attributes"]["http.response.status_code"],
                          named[0]["attributes"]["mine"]), (3, 0, 200, "x"))
        # One that is 0 is left out: an answer may come before a busy sender has noted when it had sent.
        self.assertTrue(any(span["attributes"].get("k6.http_req_waiting", 0) > 0 for span in named))
        bad = [span for span in spans if span["attributes"].get("http.response.status_code") == 404]
        self.assertEqual([(span["status"], span["attributes"]["error.type"], span["name"]) for span in bad], [(2, "1404", "GET")] * 6)
        self.assertTrue(all(span["attributes"]["url.full"].endswith("/status/404") for span in bad))
        linked = [span for span in spans if span["trace"] == "0123456789abcdef0123456789abcdef"]
        self.assertEqual({span["link"] for span in linked}, set(roots))
        self.assertEqual({(span["parent"], span["attributes"]["error.type"]) for span in linked}, {("", "1212")})
        # setup()'s has nothing above it.
        self.assertEqual(len(spans), 6 * 4 + 1)
        self.assertEqual(len([span for span in spans if not span["parent"] and span["attributes"].get("group") == "::setup"]), 1)

    def test_http(self):
        with backends.Receiver() as receiver:
            run = self.traced("--agents", "2", "--traces-output",
                              "otel=http://127.0.0.1:%d,header.x-mine=a b" % receiver.port)
            self.expect_code(run, 0)
            self.expect_text(run, "output: traces (otel, http, http://127.0.0.1:%d/v1/traces)" % receiver.port)
            self.assertEqual({(path, headers["x-mine"], headers["Content-Type"]) for path, headers, _ in receiver.requests},
                             {("/v1/traces", "a b", "application/x-protobuf")})
            self.expect_spans([span for _, _, body in receiver.requests for span in backends.spans(body)])

    def test_grpc(self):
        with backends.GrpcReceiver() as receiver:
            run = self.traced("--traces-output", "otel=http://127.0.0.1:%d,proto=grpc" % receiver.port)
            self.expect_code(run, 0)
            paths, bodies = receiver.received()
        self.assertEqual(set(paths), {"/opentelemetry.proto.collector.trace.v1.TraceService/Export"})
        self.expect_spans([span for body in bodies for span in backends.spans(body)])

    def test_nobody_there_and_one_who_refuses(self):
        run = self.traced("--traces-output", "otel=http://127.0.0.1:%d" % harness.free_port(), "--fail-on", "output-loss")
        self.expect_code(run, 112)
        self.expect_text(run, "failed to upload traces")
        self.expect_text(run, "output traces=otel=http")
        with backends.Receiver() as receiver:
            receiver.answer = lambda number: (400, {})
            run = self.traced("--traces-output", "otel=http://127.0.0.1:%d" % receiver.port)
        self.expect_code(run, 0)
        self.expect_text(run, "output traces=otel=http")

    def test_wrong_settings(self):
        for line, text in (("jaeger", 'invalid traces output "jaeger"'),
                           ("otel=ftp://x", 'couldn\'t parse the otel URL: invalid URL scheme: "ftp"'),
                           ("otel=http://x,proto=udp", 'couldn\'t parse the otel proto: invalid protocol: "udp"'),
                           ("otel=http://x/y,proto=grpc", "grpc protocol does not support URL path"),
                           ("otel=http://x,level=5", "unknown otel config key level"),
                           ("otel=http://x,proto", "error while parsing otel configuration key `proto` with no value")):
            self.expect_one_error(self.traced("--traces-output", line), 255, "could not create the 'traces' output: " + text)
        self.expect_code(self.run_script("export default function () {}", env={"K6_TRACES_OUTPUT": "none"}), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
