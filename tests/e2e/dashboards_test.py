"""deploy/grafana: every query of the dashboards has an answer in a Prometheus that a real run has filled."""

import json
import unittest

import backends
import harness
import remote
import target

FOLDER = harness.ROOT / "deploy" / "grafana"
SCRIPT = """
import http from 'k6/http'; import { check, sleep } from 'k6';
export const options = { vus: 2, duration: '8s' };
export default function () { check(http.get(__ENV.TARGET + '/'), { ok: (r) => r.status === 200 }); sleep(0.1); }
"""


def queries(name):
    """(panel, expression) with Grafana's variables filled in."""
    board = json.loads((FOLDER / name).read_text())
    for panel in board["panels"]:
        for one in panel["targets"]:
            yield panel["title"], one["expr"].replace("$__rate_interval", "30s")


class Scraping(backends.Prometheus):
    def __init__(self, address):
        super().__init__()
        self._address = address

    def command(self):
        command = super().command()
        (self.folder / "prometheus.yml").write_text("""global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs: [{job_name: loadctl, static_configs: [{targets: ["%s"]}]}]
""" % self._address)
        return command


class Dashboards(harness.Case):
    def expect_answers(self, prometheus, name):
        found = list(queries(name))
        self.assertGreater(len(found), 8)
        for title, text in found:
            self.assertTrue(prometheus.query(text), "%s, %s: no answer to %s" % (name, title, text))

    def test_remote_write(self):
        with backends.Prometheus() as prometheus:
            run = self.run_script(SCRIPT, "-o", "experimental-prometheus-rw", "-e", "TARGET=" + target.start(),
                                  env=prometheus.environment())
            self.expect_code(run, 0)
            self.expect_answers(prometheus, "loadctl-remote-write.json")

    def test_scrape_of_a_controller(self):
        address = "127.0.0.1:%d" % harness.free_port()
        with remote.Controller("--metrics-address", address) as controller, remote.Agents(controller.address, 1):
            with Scraping(address) as prometheus:
                run = self.run_script(SCRIPT, "--controller", controller.address, "-e", "TARGET=" + target.start())
                self.expect_code(run, 0)
                harness.wait_until(lambda: prometheus.query("loadctl_http_reqs_total"), 20, "a scrape")
                self.expect_answers(prometheus, "loadctl-controller.json")

    def test_they_are_what_grafana_reads(self):
        for name in ("loadctl-controller.json", "loadctl-remote-write.json"):
            board = json.loads((FOLDER / name).read_text())
            self.assertEqual(len({panel["id"] for panel in board["panels"]}), len(board["panels"]))
            places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in board["panels"]]
            self.assertEqual(len(set(places)), len(places))
            self.assertTrue(all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in board["panels"]))


if __name__ == "__main__":
    unittest.main()
