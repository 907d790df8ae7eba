"""`loadctl doctor`: what is not ready is named, with its cure, and is the exit status."""

import datetime
import json
import os
import pathlib
import subprocess
import unittest

import harness
import remote

STATES = {"ok", "warn", "fail"}


class Case(harness.Case):
    def doctor(self, *flags):
        """(exit status, {name: check}) of `loadctl doctor --json`."""
        run = harness.loadctl("doctor", "--json", *flags)
        self.assertEqual(run.stderr, "", str(run))
        told = json.loads(run.stdout)
        self.assertTrue({check["state"] for check in told["checks"]} <= STATES, str(run))
        worst = max((check["state"] for check in told["checks"]), key=("ok", "warn", "fail").index)
        self.assertEqual(told["state"], worst)
        for check in told["checks"]:
            self.assertTrue(check["found"], check)
            self.assertTrue(check["cure"] or check["state"] == "ok", check)
            self.assertNotIn("\n", check["found"] + check["cure"])
        self.assertEqual(run.code, 1 if worst == "fail" else 0, str(run))
        return {check["name"]: check for check in told["checks"]}


class Machine(Case):
    NAMES = ("descriptors", "processes", "memory", "mappings", "local ports", "tcp_tw_reuse", "somaxconn", "processor",
             "steal", "governor", "clock", "landlock", "seccomp", "control group", "agent program", "esbuild")

    def test_everything_has_a_line(self):
        checks = self.doctor()
        self.assertEqual(sorted(checks), sorted(self.NAMES))
        self.assertEqual(checks["agent program"]["state"], "ok", checks)
        text = harness.loadctl("doctor")
        for name in self.NAMES:
            self.assertIn("  %s  " % name, text.stdout)

    def test_limits_are_those_of_the_process(self):
        text = subprocess.run(["sh", "-c", "ulimit -n 1000; exec %s doctor --json" % harness.LOADCTL],
                              capture_output=True, text=True, env=harness.clean_environment())
        checks = {check["name"]: check for check in json.loads(text.stdout)["checks"]}
        self.assertEqual(checks["descriptors"]["state"], "warn", checks)
        self.assertIn("1000 open files", checks["descriptors"]["found"])

    def test_help(self):
        for arguments in (("doctor", "--help"), ("help", "doctor")):
            run = harness.loadctl(*arguments)
            self.expect_code(run, 0)
            self.assertIn("loadctl doctor [flags]", run.stdout)
        self.expect_code(harness.loadctl("doctor", "--frob"), 255)


class Fleet(Case):
    def test_a_controller_with_agents(self):
        port = harness.free_port()
        metrics = "127.0.0.1:%d" % port
        with remote.Controller("--metrics-address", metrics) as controller, remote.Agents(controller.address, 2):
            controller.wait_for_agents(2)
            checks = self.doctor("--controller", controller.address, "--metrics", "http://%s/metrics" % metrics)
            for name in ("controller", "metrics", "controller version", "controller clock", "agents", "agent versions",
                         "agent clocks"):
                self.assertEqual(checks[name]["state"], "ok", checks)
            self.assertEqual(checks["agents"]["found"], "2 registered, 2 idle")
            self.assertEqual(self.doctor("--metrics", "http://%s/nothing" % metrics)["metrics"]["state"], "fail")

    def test_a_controller_without_agents(self):
        with remote.Controller() as controller:
            self.assertEqual(self.doctor("--controller", controller.address)["agents"]["state"], "warn")

    def test_agents_whose_certificates_end_soon(self):
        folder = self.folder.path / "certs"
        flags = remote.certificates(folder)
        subprocess.run([harness.LOADCTL, "certs", "--issue", "agent", "--name", "rack7", "--days", "3", str(folder)],
                       check=True, stdout=subprocess.DEVNULL)
        with remote.Controller(*flags("controller")) as controller, \
                remote.Agents(controller.address, 1, *flags("rack7")):
            controller.wait_for_agents(1)
            check = self.doctor("--controller", controller.address, *flags("client"))["agent certificates"]
            self.assertEqual(check["state"], "warn")
            self.assertIn("rack7", check["found"])

    def test_without_a_controller(self):
        checks = self.doctor("--controller", "127.0.0.1:%d" % harness.free_port())
        self.assertEqual(checks["controller"]["state"], "fail")
        self.assertIn("loadctl controller", checks["controller"]["cure"])

    def test_certificates(self):
        folder = self.folder.path / "certs"
        flags = remote.certificates(folder)
        with remote.Controller(*flags("controller")) as controller, remote.Agents(controller.address, 1, *flags("agent")):
            controller.wait_for_agents(1)
            there = ("--controller", controller.address, *flags("client"))
            checks = self.doctor(*there)
            for name in ("certificates", "certificate", "authority", "private key", "controller",
                         "controller certificate", "agent certificates"):
                self.assertEqual(checks[name]["state"], "ok", checks)
            (folder / "client.key").chmod(0o644)
            self.assertEqual(self.doctor(*there)["private key"]["state"], "warn")
            (folder / "client.key").write_text((folder / "agent.key").read_text())
            self.assertEqual(self.doctor(*there)["certificates"]["state"], "fail")

    def test_certificates_that_expire(self):
        soon = self.folder.path / "soon"
        remote.certificates(soon, "--days", "2")
        checks = self.doctor(*remote.tls_flags(soon, "client"))
        self.assertEqual(checks["certificate"]["state"], "warn", checks)
        self.assertIn("loadctl certs", checks["certificate"]["cure"])


if __name__ == "__main__":
    unittest.main()
