"""Tags that formats have trouble with, through every output, read by real backends and the formats' own readers."""

import csv
import json
import unittest

import backends
import harness

# As JavaScript has them, and as they arrive: what is no text of Unicode becomes U+FFFD.
ODD = ["plain", "quote\"s and 's", "line\nbreak\r\nand\ttab", "nul\0here", "comma,space and=equals", "pipe|colon:hash#at@",
       "back\\slash", "ends in back\\", "half \ud800 surrogate", "hé 😀 \u2028", "=", ",", " x ", "\"", "\\", "\\n", "{}[]<>&%s",
       "x" * 65000]
ARRIVED = [value.replace("\ud800", "\ufffd") for value in ODD]
SHORT = [value for value in ARRIVED if len(value) < 100]

# Value N has the tag `odd` ODD[N - 1], and value 1000 + N that as the name of a tag.
SCRIPT = """
import { Counter } from 'k6/metrics';
const c = new Counter('odd_tags'), all = %s;
export const options = { outMetrics: ['odd_tags'], systemTags: [] };
export default function () {
  all.forEach((value, i) => c.add(i + 1, { n: 'v' + i, odd: value }));
  all.filter((key) => key.length < 100).forEach((key, i) => c.add(1001 + i, { n: 'k' + i, [key]: 'v' }));
}
""" % json.dumps(ODD)
COUNT = len(ARRIVED) + len(SHORT)


class OddTags(harness.Case):
    def sent(self, *flags, **variables):
        """What the run says its one output lost."""
        verdict = self.folder.path / "verdict.json"
        run = self.run_script(SCRIPT, "-q", *flags, "--verdict-file", verdict, env=variables)
        self.expect_code(run, 0)
        output, = json.loads(verdict.read_text())["outputs"]
        self.assertEqual(output["samples"], COUNT)
        return output["lost"]

    def expect_all(self, found, value_of=str, key_of=str):
        """`found` has the tags by value."""
        self.assertEqual(len(found), COUNT)
        for i, value in enumerate(ARRIVED):
            self.assertEqual(found[i + 1]["odd"], value_of(value), i)
        for i, key in enumerate(SHORT):
            self.assertEqual(found[1001 + i][key_of(key)], "v", (i, key))

    def test_json(self):
        self.assertEqual(self.sent("-o", "json=a.json"), 0)
        points = [json.loads(line)["data"] for line in (self.folder.path / "a.json").read_text().split("\n") if '"Point"' in line]
        self.expect_all({point["value"]: point["tags"] for point in points})

    def test_csv(self):
        self.assertEqual(self.sent("-o", "csv=a.csv"), 0)
        csv.field_size_limit(1 << 20)
        with open(self.folder.path / "a.csv", newline="") as file:
            rows = {float(row["metric_value"]): row["extra_tags"] for row in csv.DictReader(file)}
        self.assertEqual(len(rows), COUNT)
        for i, value in enumerate(ARRIVED):
            self.assertEqual(rows[i + 1], "n=v%d&odd=%s" % (i, value))
        for i, key in enumerate(SHORT):
            self.assertEqual(sorted(rows[1001 + i].split("&")), sorted(("%s=v&n=k%d" % (key, i)).split("&")))

    def test_influxdb(self):
        with backends.InfluxDB() as influx:
            lost = self.sent("-o", "influxdb=%s/k6" % influx.url)
            rows = {row["value"]: row for row in influx.query("select * from odd_tags")}
            # Its line breaks are spaces, and a backslash at an end has one behind it.
            def told(text):
                return text.replace("\n", " ").replace("\r", " ") + (" " if text.endswith("\\") else "")
            # Its keys, tags included, have 65,535 bytes.
            self.assertEqual((len(rows) + lost, lost), (COUNT, 0))
            self.expect_all(rows, told, told)

    def test_prometheus(self):
        with backends.Prometheus() as prometheus:
            self.assertEqual(self.sent("-o", "experimental-prometheus-rw", **prometheus.environment()), 0)
            found = {float(value): labels for labels, value in prometheus.query("k6_odd_tags_total")}

        def name(tag):
            plain = "".join(c if c.isascii() and (c.isalnum() or c == "_") else "_" * len(c.encode()) for c in tag)
            return "_" + plain if plain[0].isdigit() else plain
        self.expect_all(found, key_of=name)

    def test_opentelemetry(self):
        with backends.Receiver() as receiver:
            self.assertEqual(self.sent("-o", "opentelemetry", K6_OTEL_EXPORTER_PROTOCOL="http/protobuf",
                                       K6_OTEL_HTTP_EXPORTER_INSECURE="true",
                                       K6_OTEL_HTTP_EXPORTER_ENDPOINT="127.0.0.1:%d" % receiver.port), 0)
            points = [point for _, _, body in receiver.requests
                      for point in backends.otlp(body)["metrics"]["odd_tags"]["points"]]
        self.expect_all({point["value"]: point["attributes"] for point in points})

    def test_datadog(self):
        with backends.Datagrams() as statsd:
            lost = self.sent("-o", "datadog", K6_DATADOG_ADDR=statsd.address)
            lines = harness.wait_until(lambda: (lambda all: all if len(all) + lost == COUNT else None)(
                [line for datagram in statsd.received for line in datagram.split("\n")]))
        for line in lines:
            self.assertRegex(line, r"^k6\.odd_tags:\d+\|c\|#[^,|:]+:[^,|]*,[^,|:]+:[^,|]*$")
        # A datagram holds 65,507 bytes: the long one is there.
        self.assertEqual(lost, 0)


if __name__ == "__main__":
    unittest.main()
