"""The steps of deploy/ci, run as their pipelines run them: a test that passes, one that fails, and a run that breaks."""

import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import unittest

import yaml

import harness
import remote

CI = harness.ROOT / "deploy" / "ci"
SCRIPT = """
import { check } from 'k6';
export const options = { iterations: 10, thresholds: { checks: ['rate>%s'] } };
export default function () { check(1, { 'is | one': (x) => x === 1 }); }
"""


class Pipeline(harness.Case):
    """PATH has the programs; the current folder is the workspace."""

    def setUp(self):
        super().setUp()
        self.workspace = self.folder.path
        self.folder.script(SCRIPT % "0.5", "tests/pass.js")
        self.folder.script(SCRIPT % "1", "tests/fail.js")  # no rate is above 1
        self.controller = self._enter(remote.Controller("--wait-for-agents", "1s"))

    def broken(self):
        """Flags of a run that does not have its agents."""
        return ["--controller=" + self.controller.address, "--agents=1"]

    def environment(self, **more):
        path = str(pathlib.Path(harness.LOADCTL).parent) + os.pathsep + os.environ["PATH"]
        return {**harness.clean_environment(), "PATH": path, **more}

    def shell(self, command, script, **more):
        """Runs the text of a step; its exit status and what it said."""
        step = self.folder.script(script, "step.sh")
        done = subprocess.run([*command, step], cwd=self.workspace, env=self.environment(**more), text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=harness.TIMEOUT_SECONDS)
        return done.returncode, done.stdout


class GitHub(Pipeline):
    # As GitHub's runner does for `shell: bash`.
    BASH = ("bash", "--noprofile", "--norc", "-eo", "pipefail")

    def setUp(self):
        super().setUp()
        action = yaml.safe_load((CI / "github" / "action.yml").read_text())
        self.steps = {step.get("id", step["name"]): step for step in action["runs"]["steps"]}
        self.inputs = set(action["inputs"])

    def run_step(self, script, *args):
        files = {name: self.workspace / name for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
        code, text = self.shell(self.BASH, self.steps["run"]["run"], SCRIPT=script, ARGS="\n".join(args) + "\n",
                                REPORTS="loadctl-reports", **{name: str(path) for name, path in files.items()})
        outputs = dict(line.split("=", 1) for line in files["GITHUB_OUTPUT"].read_text().splitlines())
        summary = files["GITHUB_STEP_SUMMARY"]
        return code, text, outputs, summary.read_text() if summary.exists() else ""

    def test_pass(self):
        code, text, outputs, summary = self.run_step("tests/pass.js", "--agents=2")
        self.assertEqual(code, 0, text)
        self.assertEqual(outputs, {"exit-code": "0", "verdict": "passed"})
        self.assertIn("passed", summary)
        self.assertNotIn("::error", text)
        for name in ("report.html", "junit.xml", "verdict.json"):
            self.assertTrue((self.workspace / "loadctl-reports" / name).exists(), name)

    def test_fail(self):
        code, text, outputs, summary = self.run_step("tests/fail.js")
        self.assertEqual(code, 99, text)
        self.assertEqual(outputs, {"exit-code": "99", "verdict": "failed"})
        self.assertIn("::error title=threshold checks::", text)
        self.assertIn("rate>1", summary)

    def test_broken(self):
        code, text, outputs, _ = self.run_step("tests/pass.js", *self.broken())
        self.assertEqual(code, 111, text)
        self.assertEqual(outputs, {"exit-code": "111", "verdict": "incomplete"})
        self.assertIn("::error title=loadctl::The run is incomplete", text)

    def test_refused(self):
        code, text, outputs, _ = self.run_step("tests/missing.js", "--env=WORDS=with a space")
        self.assertEqual(code, 255, text)
        self.assertEqual(outputs, {"exit-code": "255", "verdict": "error"})

    def test_setup_checks_the_tarball(self):
        root = self.folder.path / "loadctl-9.9.9-linux-amd64" / "bin"
        root.mkdir(parents=True)
        (root / "loadctl").symlink_to(harness.LOADCTL)
        tarball = self.folder.path / "loadctl.tar.xz"
        subprocess.run(["tar", "-cJf", tarball, "-C", self.folder.path, "loadctl-9.9.9-linux-amd64"], check=True)
        good = hashlib.sha256(tarball.read_bytes()).hexdigest()
        path = self.workspace / "GITHUB_PATH"
        settings = {"URL": tarball.as_uri(), "RUNNER_TEMP": str(self.workspace / "temp"), "GITHUB_PATH": str(path)}
        script = self.steps["Set up loadctl"]["run"]
        for wrong in ("0" * 64, ""):
            code, text = self.shell(self.BASH, script, SHA256=wrong, **settings)
            self.assertEqual(code, 255, text)
            self.assertIn("::error title=loadctl::", text)
            self.assertFalse(path.exists())
        code, text = self.shell(self.BASH, script, SHA256=good, **settings)
        self.assertEqual(code, 0, text)
        version = subprocess.run([path.read_text().strip() + "/loadctl", "version"], capture_output=True, text=True, check=True)
        self.assertIn("loadctl", version.stdout)

    def test_each_input_is_used_and_each_use_has_an_input(self):
        text = (CI / "github" / "action.yml").read_text()
        self.assertEqual(set(re.findall(r"inputs\.([a-z0-9-]+)", text)), self.inputs)
        example = yaml.safe_load((CI / "github" / "example.yml").read_text())
        given = example["jobs"]["load-test"]["steps"][1]["with"]
        self.assertLessEqual(set(given), self.inputs)


class GitLab(Pipeline):
    def setUp(self):
        super().setUp()
        self.job = yaml.safe_load((CI / "gitlab" / "loadctl.yml").read_text())[".loadctl"]

    def run_job(self, script, *args):
        settings = {**self.job["variables"], "LOADCTL_SCRIPT": script, "LOADCTL_ARGS": " ".join(args)}
        # GitLab's runner joins both parts, and takes bash if the image has one.
        text = "\n".join(self.job["before_script"] + self.job["script"])
        return self.shell(("bash", "-eo", "pipefail"), text, **settings)

    def test_pass(self):
        code, text = self.run_job("tests/pass.js", "--agents=2")
        self.assertEqual(code, 0, text)
        metrics = (self.workspace / "loadctl-reports" / "metrics.txt").read_text()
        self.assertRegex(metrics, r'(?m)^checks\{stat="rate"\} 1$')
        self.assertTrue(metrics.endswith("# EOF\n"))
        for line in metrics.splitlines()[:-1]:
            self.assertRegex(line, r'^[a-zA-Z_:][a-zA-Z0-9_:]*\{stat="[^"]*"(,selector="[^"]*")?\} -?[0-9.e+-]+$')

    def test_fail(self):
        code, text = self.run_job("tests/fail.js")
        self.assertEqual(code, 99, text)
        self.assertIn("<failure", (self.workspace / "loadctl-reports" / "junit.xml").read_text())

    def test_broken_is_tried_again_and_nothing_else_is(self):
        code, text = self.run_job("tests/pass.js", *self.broken())
        self.assertEqual(code, 111, text)
        self.assertIn("says nothing of the target", text)
        self.assertEqual(self.job["retry"]["exit_codes"], [111])

    def test_without_a_script(self):
        code, text = self.shell(("bash", "-eo", "pipefail"), "\n".join(self.job["script"]), **self.job["variables"])
        self.assertNotEqual(code, 0)
        self.assertIn("LOADCTL_SCRIPT", text)


class Kubernetes(Pipeline):
    """Tekton's step and Argo's container are the program itself: what they start it with."""

    def run_words(self, words):
        done = subprocess.run(words, cwd=self.workspace, env=self.environment(), text=True, capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=harness.TIMEOUT_SECONDS)
        return done.returncode, done.stdout + done.stderr

    def tekton(self, script, *args):
        step = yaml.safe_load((CI / "tekton" / "task.yaml").read_text())["spec"]["steps"][0]
        words = list(step["command"])
        for word in step["args"]:
            words += list(args) if word == "$(params.args[*])" else [word.replace("$(params.script)", script)]
        self.assertNotIn("$(", " ".join(words))
        return self.run_words(words)

    def argo(self, script, agents="2", more=()):
        template = yaml.safe_load((CI / "argo" / "workflow-template.yaml").read_text())["spec"]["templates"][0]
        container = template["container"]
        words = list(container["command"]) + list(container["args"][:-1]) + list(more) + [container["args"][-1]]
        # What the pod has at /tmp is a folder of its own.
        words = [word.replace("/tmp/", str(self.workspace) + "/").replace("{{workflow.parameters.agents}}", agents)
                 .replace("{{workflow.parameters.script}}", script) for word in words]
        self.assertNotIn("{{", " ".join(words))
        return (*self.run_words(words), template["retryStrategy"]["expression"])

    def test_tekton(self):
        for script, args, expected in (("tests/pass.js", ["--agents=2"], 0), ("tests/fail.js", [], 99),
                                       ("tests/pass.js", self.broken(), 111)):
            with self.subTest(expected):
                code, text = self.tekton(script, *args)
                self.assertEqual(code, expected, text)
                self.assertEqual(json.loads((self.workspace / "loadctl-verdict.json").read_text())["code"], expected)

    def test_argo(self):
        for script, more, expected in (("tests/pass.js", [], 0), ("tests/fail.js", [], 99),
                                       ("tests/pass.js", self.broken(), 111)):
            with self.subTest(expected):
                code, text, expression = self.argo(script, more=more)
                self.assertEqual(code, expected, text)
                self.assertEqual(json.loads((self.workspace / "verdict.json").read_text())["code"], expected)
                again = eval(expression.replace("asInt", "int").replace("lastRetry.exitCode", repr(str(code))))
                self.assertEqual(again, expected == 111)


if __name__ == "__main__":
    unittest.main(argv=sys.argv)
