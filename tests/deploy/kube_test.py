"""docs/operations/kubernetes.md on a node of tests/deploy/kube, which starts this: $KUBECONFIG, $LOADCTL, helm and kubectl in PATH."""

import base64
import json
import os
import pathlib
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
LOADCTL = os.environ["LOADCTL"]
VERSION = next(line.split()[2] for line in (ROOT / "CMakeLists.txt").read_text().splitlines() if line.startswith("project(loadctl"))
# Its target is the API server, which every pod reaches: a request of its own, real and small.
SCRIPT = """
import http from 'k6/http';
import { check, sleep } from 'k6';
export const options = { vus: 6, duration: '%s', insecureSkipTLSVerify: true, thresholds: { checks: ['rate>%s'] } };
export function setup() { console.log('SETUP'); return 7; }
export default function (data) {
  const response = http.get('https://10.96.0.1/version');
  check(response, { answered: (r) => r.status === 200 && data === 7 });
  sleep(0.2);
}
"""
SMALL = "--set=agents.resources.requests.cpu=50m,agents.resources.requests.memory=64Mi,controller.resources.requests.cpu=50m"


def call(*words, check=True, seconds=180, stdin=None):
    done = subprocess.run([str(word) for word in words], input=stdin, text=True, timeout=seconds, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if check and done.returncode != 0:
        raise AssertionError("%s: status %d\n%s" % (" ".join(map(str, words)), done.returncode, done.stdout))
    return done


def kubectl(*words, **options):
    return call("kubectl", *words, **options).stdout


def until(what, seconds=90):
    end = time.monotonic() + seconds
    while True:
        value = what()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("not within %d s\n%s" % (seconds, kubectl("get", "pods,events", "-A", check=False)))
        time.sleep(0.3)


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.namespace = "n" + os.urandom(3).hex()
        kubectl("create", "namespace", self.namespace)
        # Refuses pods that are not what the page promises.
        kubectl("label", "namespace", self.namespace, "pod-security.kubernetes.io/enforce=restricted")
        self.addCleanup(kubectl, "delete", "namespace", self.namespace, check=False)

    def kubectl(self, *words, **options):
        return kubectl("-n", self.namespace, *words, **options)

    def script(self, duration="3s", rate="0.9"):
        path = self.folder / "test.js"
        path.write_text(SCRIPT % (duration, rate))
        return path

    def start(self, *words):
        """A client whose output goes to a file."""
        log = open(self.folder / "client.log", "w+", encoding="utf-8")
        self.addCleanup(log.close)
        client = subprocess.Popen([LOADCTL, "run", *map(str, words)], stdout=log, stderr=subprocess.STDOUT)
        self.addCleanup(lambda: client.poll() is None and (client.kill(), client.wait()))
        return client, lambda: (self.folder / "client.log").read_text()

    def left(self):
        """What of ours is in the namespace."""
        kinds = "pods,jobs,cronjobs,deployments,statefulsets,replicasets,services,secrets,configmaps,leases,serviceaccounts,roles,rolebindings,networkpolicies,poddisruptionbudgets"
        names = self.kubectl("get", kinds, "-o", "name").split()
        return [name for name in names if name not in ("configmap/kube-root-ca.crt", "serviceaccount/default") and "No" != name]


    def of_cluster(self):
        """What of the namespace's releases is in the cluster, but for the definition of TestRuns."""
        names = kubectl("get", "clusterroles,clusterrolebindings,priorityclasses", "-o", "name").split()
        return [name for name in names if "/%s-" % self.namespace in name]


class Chart(Case):
    def setUp(self):
        super().setUp()
        self.addCleanup(call, "helm", "uninstall", "perf", "-n", self.namespace, "--wait", check=False)
        call("helm", "install", "perf", ROOT / "deploy/helm/loadctl", "-n", self.namespace, SMALL, "--wait", "--timeout=150s")

    def flags(self):
        """Of a client with the release's certificate."""
        secret = json.loads(self.kubectl("get", "secret", "perf-loadctl-client-tls", "-o", "json"))["data"]
        for name in ("tls.crt", "tls.key", "ca.crt"):
            (self.folder / name).write_bytes(base64.b64decode(secret[name]))
            (self.folder / name).chmod(0o600)
        return ["--controller=perf-loadctl-controller.%s.svc.cluster.local:6566" % self.namespace, "--tls-cert=%s/tls.crt" % self.folder,
                "--tls-key=%s/tls.key" % self.folder, "--tls-ca=%s/ca.crt" % self.folder]

    def agents(self):
        return self.kubectl("get", "pods", "-l", "app.kubernetes.io/component=agent", "-o", "name").split()

    def test_runs_over_three_pods_then_loses_one_and_leaves_nothing(self):
        passed = call(LOADCTL, "run", "-q", "--agents=3", *self.flags(), self.script(), check=False)
        self.assertEqual(passed.returncode, 0, passed.stdout)
        self.assertEqual(passed.stdout.count("SETUP"), 1)
        failed = call(LOADCTL, "run", "-q", "--agents=3", *self.flags(), self.script(rate="1"), check=False)
        self.assertEqual(failed.returncode, 99, failed.stdout)

        client, said = self.start("-q", "--agents=3", *self.flags(), self.script("60s"))
        until(lambda: "SETUP" in said())
        time.sleep(3)
        self.kubectl("delete", self.agents()[0], "--grace-period=0", "--force")
        self.assertEqual(client.wait(timeout=60), 111, said())
        self.assertIn("INCOMPLETE", said())

        call("helm", "uninstall", "perf", "-n", self.namespace, "--wait")
        until(lambda: not self.left(), 60)
        self.assertEqual(self.of_cluster(), [])


class RunKube(Case):
    def kube(self, *words):
        return ["-q", "--kube", "--kube-namespace=" + self.namespace, "--kube-image=loadctl:" + VERSION, "--agents=3", *words]

    def test_a_run_of_its_own_over_three_pods(self):
        done = call(LOADCTL, "run", *self.kube(self.script()), check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        until(lambda: not self.left())

    def test_a_pod_that_is_killed(self):
        client, said = self.start(*self.kube(self.script("60s")))
        until(lambda: "SETUP" in said())
        time.sleep(3)
        pod = self.kubectl("get", "pods", "-l", "loadctl.dev/part=agent", "-o", "name").split()[0]
        self.kubectl("delete", pod, "--grace-period=0", "--force")
        self.assertEqual(client.wait(timeout=60), 111, said())
        until(lambda: not self.left())

    def test_a_client_that_is_interrupted(self):
        client, said = self.start(*self.kube(self.script("60s")))
        until(lambda: "SETUP" in said())
        client.terminate()
        self.assertEqual(client.wait(timeout=60), 105, said())
        until(lambda: not self.left())


class TestRun(Case):
    """By an operator of a release without controller and agents."""

    def setUp(self):
        super().setUp()
        self.addCleanup(call, "helm", "uninstall", "op", "-n", self.namespace, "--wait", check=False)
        call("helm", "install", "op", ROOT / "deploy/helm/loadctl", "-n", self.namespace, "--wait", "--timeout=150s",
             "--set=controller.enabled=false,agents.enabled=false")

    def apply(self, name="shop", duration="3s", rate="0.9", **spec):
        self.kubectl("create", "configmap", name, "--from-file=test.js=%s" % self.script(duration, rate))
        run = {"apiVersion": "loadctl.dev/v1alpha1", "kind": "TestRun", "metadata": {"name": name, "namespace": self.namespace},
               "spec": {"parallelism": 3, "script": {"configMap": {"name": name}}, **spec}}
        kubectl("apply", "-f", "-", stdin=json.dumps(run))

    def status(self, name="shop"):
        return json.loads(self.kubectl("get", "testrun", name, "-o", "json")).get("status", {})

    def ended(self, name="shop"):
        return until(lambda: self.status(name).get("verdict") and self.status(name))

    def test_verdicts_and_what_is_left(self):
        self.apply()
        status = self.ended()
        self.assertEqual((status["verdict"], status["exitCode"], status["stage"]), ("passed", 0, "finished"), status)
        self.assertIn("http_reqs", [figure["metric"] for figure in status["summary"]])
        log = self.kubectl("logs", "-l", "loadctl.dev/testrun=shop,loadctl.dev/part=run", "-c", "run", "--tail=-1")
        self.assertEqual(log.count("SETUP"), 1, log)  # not on every runner
        pods = "loadctl.dev/testrun=shop"
        until(lambda: len(self.kubectl("get", "pods", "-l", pods, "-o", "name").split()) == 1)
        self.apply("fails", rate="1")
        status = self.ended("fails")
        self.assertEqual((status["verdict"], status["exitCode"], status["stage"]), ("failed", 99, "finished"), status)
        self.assertEqual(len(status["crossedThresholds"]), 1)  # one verdict, not one a pod

    def test_an_agent_that_is_killed_in_the_middle(self):
        self.apply(duration="60s")
        until(lambda: self.status().get("stage") == "started")
        time.sleep(5)
        pods = self.kubectl("get", "pods", "-l", "loadctl.dev/testrun=shop,loadctl.dev/part=agent", "-o", "name").split()
        self.kubectl("delete", pods[0], "--grace-period=0", "--force")
        status = self.ended()
        self.assertEqual((status["verdict"], status["exitCode"], status["stage"]), ("incomplete", 111, "error"), status)
        self.assertIn(pods[0].removeprefix("pod/"), status["cause"])

    def test_agents_that_no_node_has_room_for(self):
        self.apply(startTimeout="15s", runner={"resources": {"requests": {"cpu": "500"}}})
        until(lambda: "Unschedulable" in self.status().get("cause", ""))
        status = self.ended()
        self.assertEqual((status["verdict"], status["stage"]), ("error", "error"), status)
        self.assertIn("Insufficient cpu", status["cause"])

    def test_uninstalled_nothing_is_left_but_the_runs(self):
        self.apply()
        self.ended()
        call("helm", "uninstall", "op", "-n", self.namespace, "--wait")
        # What a person made stays: the script, and the TestRun with its log.
        until(lambda: [name.split("-")[0] for name in self.left()] == ["pod/shop", "configmap/shop"], 60)
        self.assertEqual(self.of_cluster(), [])
        self.assertEqual(self.status()["verdict"], "passed")


if __name__ == "__main__":
    unittest.main()
