"""docs/operations/kubernetes.md on a node of tests/deploy/kube, which starts this: $KUBECONFIG, $LOADCTL, helm and kubectl in PATH."""

import base64
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
LOADCTL = os.environ["LOADCTL"]
FAKES = os.environ["FAKES"]
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
# More than its limit, in buffers that V8 does not count as its own.
GREEDY = """
export const options = { vus: 1, duration: '60s' };
export function setup() { console.log('SETUP'); }
const kept = [];
export default function () { kept.push(new Uint8Array(32 << 20).fill(1)); }
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


def daemon(case, *words):
    """A program beside the cluster, until the test's end."""
    if shutil.which(words[0]) is None:
        case.skipTest("no " + words[0])
    log = open(os.path.join(os.environ["KUBE_LOGS"], words[0] + ".log"), "w", encoding="utf-8")
    case.addCleanup(log.close)
    program = subprocess.Popen(words, stdout=log, stderr=subprocess.STDOUT)
    case.addCleanup(lambda: (program.kill(), program.wait()))


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

    def script(self, duration="3s", rate="0.9", text=SCRIPT):
        path = self.folder / "test.js"
        path.write_text(text % (duration, rate) if text is SCRIPT else text)
        return path

    def pods(self, labels):
        """Names of those that live."""
        items = json.loads(self.kubectl("get", "pods", "-l", labels, "-o", "json"))["items"]
        return [one["metadata"]["name"] for one in items if "deletionTimestamp" not in one["metadata"]]

    def kill(self, pod, container=0):
        """SIGKILL to the container, as the kernel does to one that takes too much memory."""
        statuses = json.loads(self.kubectl("get", "pod", pod, "-o", "json"))["status"]
        all_of_them = statuses.get("initContainerStatuses", []) + statuses["containerStatuses"]
        running = all_of_them[container]["containerID"].removeprefix("containerd://")
        call("ctr", "-n", "k8s.io", "tasks", "kill", "-s", "SIGKILL", running)

    def drain(self, labels):
        """As `kubectl drain` does it, but of some pods, since there is one node."""
        self.addCleanup(kubectl, "uncordon", "node1")
        drain = subprocess.Popen(["kubectl", "drain", "node1", "--pod-selector=" + labels, "--delete-emptydir-data", "--timeout=120s"],
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(lambda: (drain.kill(), drain.communicate()))
        return drain

    def expect(self, client, code, said, *texts, seconds=90):
        self.assertEqual(client.wait(timeout=seconds), code, said())
        for text in texts:
            self.assertIn(text, said())

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


class ChartCase(Case):
    def setUp(self):
        super().setUp()
        self.addCleanup(call, "helm", "uninstall", "perf", "-n", self.namespace, "--wait", check=False)
        self.install()

    def install(self, *words):
        call("helm", "install", "perf", ROOT / "deploy/helm/loadctl", "-n", self.namespace, SMALL, "--wait", "--timeout=150s", *words)

    def flags(self):
        """Of a client with the release's certificate."""
        secret = json.loads(self.kubectl("get", "secret", "perf-loadctl-client-tls", "-o", "json"))["data"]
        for name in ("tls.crt", "tls.key", "ca.crt"):
            (self.folder / name).write_bytes(base64.b64decode(secret[name]))
            (self.folder / name).chmod(0o600)
        return ["--controller=perf-loadctl-controller.%s.svc.cluster.local:6566" % self.namespace, "--tls-cert=%s/tls.crt" % self.folder,
                "--tls-key=%s/tls.key" % self.folder, "--tls-ca=%s/ca.crt" % self.folder]

    def agents(self):
        return self.pods("app.kubernetes.io/component=agent")


class Chart(ChartCase):
    def test_runs_over_three_pods_then_loses_one_and_leaves_nothing(self):
        passed = call(LOADCTL, "run", "-q", "--agents=3", *self.flags(), self.script(), check=False)
        self.assertEqual(passed.returncode, 0, passed.stdout)
        self.assertEqual(passed.stdout.count("SETUP"), 1)
        failed = call(LOADCTL, "run", "-q", "--agents=3", *self.flags(), self.script(rate="1"), check=False)
        self.assertEqual(failed.returncode, 99, failed.stdout)

        client, said = self.start("-q", "--agents=3", *self.flags(), self.script("60s"))
        until(lambda: "SETUP" in said())
        time.sleep(3)
        self.kubectl("delete", "pod/" + self.agents()[0], "--grace-period=0", "--force")
        self.assertEqual(client.wait(timeout=60), 111, said())
        self.assertIn("INCOMPLETE", said())

        call("helm", "uninstall", "perf", "-n", self.namespace, "--wait")
        until(lambda: not self.left(), 60)
        self.assertEqual(self.of_cluster(), [])


class ChartStateful(ChartCase):
    def install(self, *words):
        super().install("--set=agents.kind=StatefulSet", *words)

    def test_a_run_then_more_agents(self):
        self.assertEqual(sorted(self.agents()), ["perf-loadctl-agent-%d" % number for number in range(3)])
        self.kubectl("scale", "statefulset/perf-loadctl-agent", "--replicas=4")
        self.kubectl("rollout", "status", "statefulset/perf-loadctl-agent", "--timeout=90s")
        done = call(LOADCTL, "run", "-q", "--agents=4", *self.flags(), self.script(), check=False)
        self.assertEqual(done.returncode, 0, done.stdout)


class ChartFaults(ChartCase):
    """What is done to a release while a run goes on."""

    def begin(self, duration):
        client, said = self.start("-q", "--agents=3", *self.flags(), self.script(duration))
        until(lambda: "SETUP" in said())
        time.sleep(2)
        return client, said

    def upgrade(self, *words, **options):
        return call("helm", "upgrade", "perf", ROOT / "deploy/helm/loadctl", "-n", self.namespace, SMALL, *words, **options)

    def expect_a_good_run(self):
        until(lambda: len(self.agents()) == 3)
        again = call(LOADCTL, "run", "-q", "--agents=3", *self.flags(), self.script(), check=False)
        self.assertEqual(again.returncode, 0, again.stdout)

    def test_an_upgrade_of_agents_waits_for_the_run(self):
        before = set(self.agents())
        client, said = self.begin("25s")
        self.upgrade("--set=agents.podAnnotations.version=two")
        self.expect(client, 0, said, "the agent goes on with this run for 10m0s at the latest")
        self.kubectl("rollout", "status", "deployment/perf-loadctl-agent", "--timeout=90s")
        self.assertFalse(before & set(self.agents()))
        self.expect_a_good_run()

    def test_an_upgrade_of_the_controller_ends_the_run_as_ctrl_c_does(self):
        client, said = self.begin("60s")
        self.upgrade("--set=controller.podAnnotations.version=two")
        self.expect(client, 105, said, "http_reqs", "'terminated' signal")
        self.kubectl("rollout", "status", "deployment/perf-loadctl-controller", "--timeout=90s")
        self.expect_a_good_run()

    def test_an_upgrade_to_an_image_that_is_not_there_leaves_the_agents_that_are(self):
        failed = self.upgrade("--set=agents.image.tag=none", "--wait", "--timeout=15s", check=False)
        self.assertNotEqual(failed.returncode, 0)
        self.assertIn("Pull", self.kubectl("get", "pods", "-l", "app.kubernetes.io/component=agent"))
        passed = call(LOADCTL, "run", "-q", "--agents=3", *self.flags(), self.script(), check=False)
        self.assertEqual(passed.returncode, 0, passed.stdout)
        call("helm", "rollback", "perf", "-n", self.namespace, "--wait", "--timeout=60s")

    def test_a_controller_that_is_killed(self):
        client, said = self.begin("60s")
        self.kill(self.pods("app.kubernetes.io/component=controller")[0])
        self.expect(client, 111, said, "was lost during the run")
        self.expect_a_good_run()

    def test_certificates_that_are_made_anew(self):
        """By the CronJob's job, as if a Secret were lost: what runs goes on, and takes them."""
        client, said = self.begin("25s")
        self.kubectl("delete", "secret", "perf-loadctl-client-tls")
        self.kubectl("create", "job", "now", "--from=cronjob/perf-loadctl-certs-renew")
        self.kubectl("wait", "job/now", "--for=condition=Complete", "--timeout=60s")
        self.assertIn("client-tls: a new certificate: there was none", self.kubectl("logs", "job/now"))
        self.expect(client, 0, said)
        self.expect_a_good_run()

    def test_a_drained_node_waits_for_the_run(self):
        client, said = self.begin("20s")
        drain = self.drain("app.kubernetes.io/component=agent")
        self.expect(client, 0, said, "the agent goes on with this run")
        kubectl("uncordon", "node1")  # there is no other node: the budget lets the next one go when the first is back
        self.assertEqual(drain.wait(timeout=120), 0)
        self.expect_a_good_run()


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
        self.kill(self.pods("loadctl.dev/part=agent")[0])
        self.expect(client, 111, said, "INCOMPLETE", "it ended: Error, exit status 137")
        until(lambda: not self.left())

    def test_a_pod_that_is_deleted(self):
        client, said = self.start(*self.kube(self.script("60s")))
        until(lambda: "SETUP" in said())
        time.sleep(3)
        self.kubectl("delete", "pod/" + self.pods("loadctl.dev/part=agent")[0], "--grace-period=0", "--force")
        self.expect(client, 111, said, "INCOMPLETE", "'terminated' signal came")
        until(lambda: not self.left())

    def test_a_controller_that_is_killed(self):
        client, said = self.start(*self.kube(self.script("60s")))
        until(lambda: "SETUP" in said())
        self.kill(self.pods("loadctl.dev/part=controller")[0])
        self.expect(client, 111, said, "was lost during the run", "it ended: Error, exit status 137")
        until(lambda: not self.left())

    def test_agents_that_take_more_memory_than_they_may(self):
        client, said = self.start(*self.kube("--kube-resources=memory=256Mi", self.script(text=GREEDY)))
        self.expect(client, 111, said, "INCOMPLETE", "OOMKilled")
        until(lambda: not self.left())

    def test_a_drained_node_waits_for_the_run(self):
        client, said = self.start(*self.kube(self.script("20s")))
        until(lambda: "SETUP" in said())
        drain = self.drain("loadctl.dev/part=agent")
        self.expect(client, 0, said, "the agent goes on with this run for 10m0s at the latest")
        self.assertEqual(drain.wait(timeout=60), 0)
        until(lambda: not self.left())

    def test_an_image_that_is_not_there(self):
        client, said = self.start(*self.kube("--kube-image=loadctl:none", self.script()))
        self.expect(client, 255, said, "the pods do not run after", "ImagePullBackOff", "loadctl:none")
        until(lambda: not self.left())

    def test_a_quota(self):
        self.kubectl("create", "quota", "small", "--hard=pods=2")
        client, said = self.start(*self.kube(self.script()))
        self.expect(client, 255, said, "the pods do not run after", "exceeded quota: small, requested: pods=1, used: pods=2, limited: pods=2")
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

    def apply(self, name="shop", duration="3s", rate="0.9", text=SCRIPT, **spec):
        self.kubectl("create", "configmap", name, "--from-file=test.js=%s" % self.script(duration, rate, text))
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

    def test_an_image_that_is_not_there(self):
        self.apply(startTimeout="15s", runner={"image": "loadctl:none"})
        until(lambda: "loadctl:none" in self.status().get("cause", ""))
        status = self.ended()
        self.assertEqual((status["verdict"], status["stage"]), ("error", "error"), status)
        self.assertIn('image "loadctl:none"', status["cause"])
        until(lambda: not self.pods("loadctl.dev/testrun=shop"))

    def test_a_quota_that_is_raised(self):
        self.kubectl("create", "quota", "small", "--hard=pods=3")  # one is the operator's
        self.apply()
        until(lambda: "exceeded quota: small" in self.status().get("cause", ""))
        self.kubectl("delete", "quota", "small")
        self.assertEqual(self.ended()["verdict"], "passed")

    def started(self, **spec):
        self.apply(**spec)
        until(lambda: self.status().get("stage") == "started")
        time.sleep(4)

    def test_agents_that_take_more_memory_than_they_may(self):
        self.apply(text=GREEDY, runner={"resources": {"limits": {"memory": "256Mi"}}})
        status = self.ended()
        self.assertEqual((status["verdict"], status["exitCode"]), ("incomplete", 111), status)
        self.assertIn("OOMKilled", status["cause"])

    def test_a_client_that_is_killed(self):
        self.started(duration="60s")
        self.kill(self.status()["pod"], container=1)
        status = self.ended()
        self.assertEqual((status["verdict"], status["stage"]), ("incomplete", "error"), status)
        self.assertIn("was killed", status["cause"])

    def test_a_controller_that_is_killed(self):
        self.started(duration="60s")
        self.kill(self.status()["pod"], container=0)
        status = self.ended()
        self.assertEqual((status["verdict"], status["exitCode"]), ("incomplete", 111), status)
        self.assertIn("was lost during the run", status["cause"])

    def test_a_pod_of_the_run_that_is_deleted(self):
        self.started(duration="60s")
        self.kubectl("delete", "pod", self.status()["pod"], "--wait=false")
        status = self.ended()
        self.assertIn(status["verdict"], ("aborted", "incomplete"), status)
        until(lambda: not self.pods("loadctl.dev/testrun=shop"))

    def test_a_drained_node_waits_for_the_run(self):
        self.started(duration="20s")
        drain = self.drain("loadctl.dev/part=agent")
        self.assertEqual(self.ended()["verdict"], "passed")
        self.assertEqual(drain.wait(timeout=60), 0)

    def test_an_operator_that_is_replaced_meanwhile(self):
        self.started(duration="20s")
        self.kubectl("rollout", "restart", "deployment/op-loadctl-operator")
        self.assertEqual(self.ended()["verdict"], "passed")

    def test_a_deleted_testrun_takes_all_with_it(self):
        self.started(duration="60s")
        self.kubectl("delete", "testrun", "shop")
        until(lambda: not [name for name in self.left() if "/shop-" in name], 60)

    def test_uninstalled_nothing_is_left_but_the_runs(self):
        self.apply()
        self.ended()
        call("helm", "uninstall", "op", "-n", self.namespace, "--wait")
        # What a person made stays: the script, and the TestRun with its log.
        until(lambda: [name.split("-")[0] for name in self.left()] == ["pod/shop", "configmap/shop"], 60)
        self.assertEqual(self.of_cluster(), [])
        self.assertEqual(self.status()["verdict"], "passed")

    def test_a_manifest_of_k6_operator(self):
        """With another apiVersion; a word that neither knows is an error by its name."""
        self.kubectl("create", "configmap", "crocodile-stress-test", "--from-file=test.js=%s" % self.script())
        manifest = """
            apiVersion: k6.io/v1alpha1
            kind: TestRun
            metadata: {name: k6-sample}
            spec:
              parallelism: 2
              script: {configMap: {name: crocodile-stress-test, file: test.js}}
              arguments: --tag testid=k6-sample
              separate: false
              starter: {metadata: {labels: {cool-label: foo}}}
              runner:
                image: grafana/k6:latest
                metadata: {labels: {cool-label: foo}}
                resources: {limits: {cpu: 500m, memory: 1000Mi}, requests: {cpu: 50m, memory: 100Mi}}
        """
        ours = manifest.replace("k6.io/v1alpha1", "loadctl.dev/v1alpha1")
        refused = call("kubectl", "-n", self.namespace, "apply", "-f", "-", stdin=ours.replace("parallelism", "paralellism"), check=False)
        self.assertIn('unknown field "spec.paralellism"', refused.stdout)
        self.kubectl("apply", "-f", "-", stdin=ours)
        status = self.ended("k6-sample")
        self.assertEqual((status["verdict"], status["agents"]), ("passed", "2/2"), status)
        self.assertIn("grafana/k6:latest holds no loadctl", " ".join(status["warnings"]))

    def test_a_script_on_a_volume_and_cleanup(self):
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        self.script().rename(folder / "big.js")
        for path in (self.folder, folder):
            path.chmod(0o755)
        size = {"accessModes": ["ReadWriteOnce"], "storageClassName": ""}
        volume = {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": self.namespace},
                  "spec": {**size, "capacity": {"storage": "1Gi"}, "hostPath": {"path": str(folder)}}}
        claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data", "namespace": self.namespace},
                 "spec": {**size, "volumeName": self.namespace, "resources": {"requests": {"storage": "1Gi"}}}}
        self.addCleanup(kubectl, "delete", "persistentvolume", self.namespace, "--wait=false", check=False)
        for one in (volume, claim):
            kubectl("apply", "-f", "-", stdin=json.dumps(one))
        self.apply(script={"volumeClaim": {"name": "data", "file": "big.js", "readOnly": True}})
        self.assertEqual(self.ended()["verdict"], "passed")
        self.apply("second", script={"volumeClaim": {"name": "data", "file": "big.js"}}, cleanup="post")
        until(lambda: "second" in self.kubectl("get", "events"))
        until(lambda: not self.kubectl("get", "testruns", "-o", "name").count("second") and not self.pods("loadctl.dev/testrun=second"))
        self.assertIn("the run passed", self.kubectl("get", "events"))

    def test_a_secret_of_the_script(self):
        self.kubectl("create", "secret", "generic", "shop", "--from-literal=token=sesame-open")
        self.apply(text="""
            import secrets from 'k6/secrets';
            export default async function () { console.log('it is ' + await secrets.get('TOKEN')); }""",
                   arguments="--secret-env TOKEN --iterations 1",
                   runner={"env": [{"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "shop", "key": "token"}}}]})
        self.assertEqual(self.ended()["verdict"], "passed")
        log = self.kubectl("logs", self.status()["pod"], "-c", "run")
        self.assertIn("it is ***", log)
        self.assertNotIn("sesame", log + json.dumps(self.status()))

    def test_paused_until_it_is_resumed(self):
        self.apply(paused="true")
        until(lambda: self.status().get("stage") == "started")
        time.sleep(5)
        self.assertNotIn("SETUP", self.kubectl("logs", self.status()["pod"], "-c", "run"))
        self.kubectl("exec", self.status()["pod"], "-c", "run", "--", "loadctl", "resume")
        self.assertEqual(self.ended()["verdict"], "passed")

    def test_a_run_of_k6s_cloud_is_refused(self):
        self.apply(token="x")
        status = self.ended()
        self.assertEqual(status["verdict"], "error")
        self.assertIn("spec.token", status["cause"])

    def test_a_hundred_agents(self):
        """Pods of nodes that kwok plays: they are made, seen to run, and gone; no test runs in them."""
        daemon(self, "kwok", "--kubeconfig=" + os.environ["KUBECONFIG"], "--config=%s/kwok.yaml" % FAKES, "--node-lease-duration-seconds=40",
               "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake")
        nodes = ["fake-%d" % number for number in range(4)]
        self.addCleanup(kubectl, "delete", "nodes", *nodes, check=False)
        for name in nodes:
            kubectl("apply", "-f", "-", stdin=json.dumps({
                "apiVersion": "v1", "kind": "Node",
                "metadata": {"name": name, "labels": {"type": "kwok"}, "annotations": {"kwok.x-k8s.io/node": "fake", "node.alpha.kubernetes.io/ttl": "0"}},
                "spec": {"taints": [{"key": "kwok", "effect": "NoSchedule"}]},
                "status": {"allocatable": {"cpu": 32, "memory": "256Gi", "pods": 110}, "capacity": {"cpu": 32, "memory": "256Gi", "pods": 110}}}))
        where = {"nodeSelector": {"type": "kwok"}, "tolerations": [{"key": "kwok", "operator": "Exists"}]}
        begun = time.monotonic()
        self.apply(parallelism=100, runner=where)
        until(lambda: self.status().get("stage") == "started", 120)
        print("100 agents after %.1f s" % (time.monotonic() - begun))
        self.assertEqual(self.status()["agents"], "100/100")
        self.kubectl("delete", "testrun", "shop")
        until(lambda: not self.pods("loadctl.dev/testrun=shop") and not [name for name in self.left() if "/shop-" in name], 120)


class CertManager(ChartCase):
    """The chart's certificates by cert-manager, which is a program beside the cluster here."""

    def install(self):
        daemon(self, "cert-manager", "--kubeconfig=" + os.environ["KUBECONFIG"], "--leader-elect=false", "--cluster-resource-namespace=kube-system")
        kubectl("apply", "--server-side", "-f", FAKES + "/cert-manager.yaml")
        super().install("--set=certificates.mode=certManager")

    def test_a_run_then_new_certificates_then_a_run(self):
        first = call(LOADCTL, "run", "-q", "--agents=3", *self.flags(), self.script(), check=False)
        self.assertEqual(first.returncode, 0, first.stdout)
        before = self.kubectl("get", "secret", "perf-loadctl-client-tls", "-o", "jsonpath={.data.tls\\.crt}")
        self.kubectl("delete", "secret", "perf-loadctl-client-tls")
        until(lambda: self.kubectl("get", "secret", "perf-loadctl-client-tls", "-o", "jsonpath={.data.tls\\.crt}", check=False) not in (before, "")
              and "NotFound" not in self.kubectl("get", "secret", "perf-loadctl-client-tls", check=False))
        second = call(LOADCTL, "run", "-q", "--agents=3", *self.flags(), self.script(), check=False)
        self.assertEqual(second.returncode, 0, second.stdout)
        call("helm", "uninstall", "perf", "-n", self.namespace, "--wait")
        until(lambda: not self.left(), 60)


if __name__ == "__main__":
    unittest.main()
