"""`loadctl run --kube`, with real programs and a kubectl whose cluster is a folder; `scripts/dev kube` has a real node."""

import json
import os
import pathlib
import signal
import sys
import unittest

import harness

SCRIPT = """
import { sleep, check } from 'k6';
export const options = { vus: 6, duration: '%s' };
export default function () { check(1, { one: (x) => x === 1 }); sleep(0.05); }
"""


class Kube(harness.Case):
    def setUp(self):
        super().setUp()
        self.cluster = self.folder.path / "cluster"
        self.cluster.mkdir()
        self.temporary = self.folder.path / "tmp"
        self.temporary.mkdir()
        programs = self.folder.path / "programs"
        programs.mkdir()
        (programs / "kubectl").symlink_to(harness.ROOT / "tests" / "support" / "kubectl.py")
        self.environment = {"LOADCTL_TEST_CLUSTER": str(self.cluster), "LOADCTL": harness.LOADCTL, "TMPDIR": str(self.temporary),
                            "PATH": "%s:%s:%s" % (programs, pathlib.Path(sys.executable).parent, os.environ["PATH"])}
        self.addCleanup(self.end_pods)

    def end_pods(self):
        for name in self.pods():
            try:
                os.kill(self.pid(name), signal.SIGKILL)
            except ProcessLookupError:
                pass

    def pods(self):
        return sorted(file.stem for file in self.cluster.glob("*.pid"))

    def pid(self, name):
        return int((self.cluster / (name + ".pid")).read_text())

    def forwarders(self, started):
        return [pid for pid in harness.children_of(started.pid)
                if b"port-forward" in pathlib.Path("/proc/%d/cmdline" % pid).read_bytes()]

    def objects(self):
        return [json.loads(file.read_text()) for file in sorted(self.cluster.glob("*.object"))]

    def start(self, seconds, *flags):
        return self._enter(harness.Started("run", "--kube", "--agents", "3", *flags, self.folder.script(SCRIPT % seconds),
                                           cwd=str(self.folder.path), env=self.environment))

    def expect_nothing_left(self):
        self.assertTrue((self.cluster / "deleted").exists())
        self.assertEqual(list(self.temporary.glob("loadctl-kube-*")), [])

    def test_a_run(self):
        run = self.start("1s", "--kube-namespace", "load", "--kube-context", "there", "--kube-image", "reg/loadctl:7",
                         "--kube-resources", "cpu=2,memory=1Gi").finish()
        self.expect_code(run, 0)
        self.expect_balanced(run, 3)
        self.expect_nothing_left()
        for call in (self.cluster / "calls").read_text().splitlines():
            self.assertTrue(call.startswith("--context=there --namespace=load "), call)
        job, service, secret, agents = self.objects()
        self.assertEqual([one["kind"] for one in (job, service, secret, agents)], ["Job", "Service", "Secret", "Job"])
        for one in (service, secret, agents):
            self.assertEqual(one["metadata"]["ownerReferences"][0]["uid"], "uid-of-" + job["metadata"]["name"])
        self.assertEqual(job["spec"]["ttlSecondsAfterFinished"], 60)
        self.assertNotIn("ca.key", secret["stringData"])
        self.assertFalse([name for name in secret["stringData"] if name.startswith("client")])
        for one in (job, agents):
            pod = one["spec"]["template"]["spec"]
            self.assertTrue(pod["securityContext"]["runAsNonRoot"])
            container = pod["containers"][0]
            self.assertEqual(container["image"], "reg/loadctl:7")
            self.assertTrue(container["securityContext"]["readOnlyRootFilesystem"])
            self.assertEqual(container["securityContext"]["capabilities"], {"drop": ["ALL"]})
            keys = {item["key"] for item in pod["volumes"][0]["secret"]["items"]}
            self.assertEqual(container["terminationMessagePolicy"], "FallbackToLogsOnError")
            self.assertEqual(keys, {"ca.pem", container["name"] + ".pem", container["name"] + ".key"})
        self.assertEqual(agents["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"], {"cpu": "2", "memory": "1Gi"})
        self.assertEqual(agents["spec"]["template"]["spec"]["terminationGracePeriodSeconds"], 615)

    def test_ctrl_c(self):
        started = self.start("60s")
        started.wait_for("running (")
        started.signal(signal.SIGINT)
        self.expect_code(started.finish(), 105)
        self.expect_nothing_left()

    def test_a_client_that_is_lost_leaves_nothing_that_runs_on(self):
        started = self.start("60s")
        started.wait_for("running (")
        forwarder = self.forwarders(started)[0]
        started.signal(signal.SIGKILL)
        # The cluster deletes what belongs to a Job that has ended.
        harness.wait_until(lambda: not harness.is_alive(self.pid("controller")), 40, "the controller's end")
        log = (self.cluster / "controller.log").read_text()
        self.assertIn("nobody had a test to run", log)
        harness.wait_until(lambda: not harness.is_alive(forwarder), 10, "kubectl's end")

    def test_forwarding_that_breaks_is_made_again(self):
        started = self.start("5s")
        started.wait_for("running (")
        os.kill(self.forwarders(started)[0], signal.SIGKILL)
        run = started.finish()
        self.expect_code(run, 0)
        self.expect_balanced(run, 3)
        self.assertEqual((self.cluster / "calls").read_text().count("port-forward"), 2)

    def test_a_pod_that_is_killed(self):
        started = self.start("60s")
        started.wait_for("running (")
        os.kill(self.pid("agent-1"), signal.SIGKILL)
        run = started.finish()
        self.expect_code(run, 111)
        self.expect_text(run, "INCOMPLETE")
        self.expect_nothing_left()

    def test_what_the_cluster_refuses(self):
        (self.cluster / "refuse").write_text('jobs.batch is forbidden: User "me" cannot create resource "jobs"')
        run = self.start("1s").finish()
        self.expect_one_error(run, 255, 'kubectl create: Error from server (Forbidden): jobs.batch is forbidden: User "me"')
        self.assertEqual(list(self.temporary.glob("loadctl-kube-*")), [])

    def expect_not_started(self, started, words):
        run = started.finish()
        self.expect_code(run, 255)
        self.expect_text(run, "level=warning")  # at once, and what follows later
        self.expect_text(run, "the pods do not run after ")
        self.expect_text(run, words)
        self.expect_nothing_left()

    def test_an_image_that_is_not_there(self):
        waiting = {"waiting": {"reason": "ImagePullBackOff", "message": 'Back-off pulling image "reg/none:1"'}}
        (self.cluster / "waiting").write_text(json.dumps([
            {"metadata": {"name": "c-1", "labels": {"loadctl.dev/part": "controller"}},
             "status": {"phase": "Pending", "containerStatuses": [{"state": waiting}]}}]))
        self.expect_not_started(self.start("1s"), 'pod c-1: ImagePullBackOff: Back-off pulling image "reg/none:1"')

    def test_a_quota_that_lets_no_agents_in(self):
        (self.cluster / "waiting").write_text("[]")
        started = self.start("1s")
        harness.wait_until(lambda: len(self.objects()) == 4, 20, "the agents' Job")
        name = self.objects()[3]["metadata"]["name"]
        (self.cluster / "events").write_text(json.dumps([
            {"reason": "FailedCreate", "lastTimestamp": "2026-01-01T00:00:00Z", "involvedObject": {"name": name},
             "message": 'pods "x" is forbidden: exceeded quota: small'}]))
        self.expect_not_started(started, 'job %s: FailedCreate: pods "x" is forbidden: exceeded quota: small' % name)

    def test_a_script_that_is_wrong_makes_no_pods(self):
        run = self._enter(harness.Started("run", "--kube", self.folder.script("export default function ( {}"),
                                          cwd=str(self.folder.path), env=self.environment)).finish()
        self.expect_code(run, 107)
        self.assertFalse((self.cluster / "calls").exists())

    def test_flags(self):
        for flags, words in ((["--kube", "--controller", "x:1"], "--kube and --controller exclude each other"),
                             (["--kube", "--detach"], "--kube: a run that is left alone has no pods"),
                             (["--kube", "--tls-ca", "x"], "--kube makes certificates of its own"),
                             (["--kube-image", "x"], "--kube-image goes with --kube"),
                             (["--kube", "--kube-resources", "gpu=1"], "--kube-resources wants cpu=2,memory=1Gi"),
                             (["--kube", "--kube-resources", "cpu=$(x)"], "--kube-resources wants cpu=2,memory=1Gi")):
            with self.subTest(flags):
                self.expect_one_error(self.run_script(SCRIPT % "1s", *flags, env=self.environment), 255, words)


if __name__ == "__main__":
    unittest.main()
