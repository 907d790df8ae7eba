"""Agents that serve other machines are fenced: files, programs, variables, metadata; and work all the same."""

import os
import pathlib
import re
import signal
import sys
import time
import unittest

import harness
import remote

PING = """
import http from 'k6/http';
import { check } from 'k6';
export const options = { vus: 2, iterations: 6, insecureSkipTLSVerify: true };
export default function () {
  check(http.get(__ENV.TARGET), { 'is 200': (r) => r.status === 200 });
  console.log('env ' + JSON.stringify(Object.keys(__ENV)));
}
"""


# Starts a program to which the kernel has no Landlock: a seccomp filter that knows no landlock_create_ruleset (444 on
# every kind of machine).
NO_LANDLOCK = """
import ctypes, os, struct, sys
code = b"".join(struct.pack("HBBI", *one) for one in (
    (0x20, 0, 0, 0), (0x15, 0, 1, 444), (0x06, 0, 0, 0x00050000 | 38), (0x06, 0, 0, 0x7fff0000)))
buffer = ctypes.create_string_buffer(code, len(code))
program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(code) // 8, ctypes.addressof(buffer)))
libc = ctypes.CDLL(None)
assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, program, 0, 0) == 0
os.execv(sys.argv[1], sys.argv[1:])
"""


class Fenced(harness.Case):
    def status(self, program, name):
        text = pathlib.Path("/proc/%d/status" % program.pid).read_text()
        return re.search(r"^%s:\s*(\S+)" % name, text, re.M).group(1)

    def test_agents_work_run_after_run(self):
        with remote.Controller() as controller, remote.Agents(controller.address, 2, "--sandbox", "auto") as agents:
            with harness.Nginx("ssl") as target:
                for run in range(1, 4):
                    controller.wait_for_agents(2 * run)
                    ran = self.run_script(PING, "--controller", controller.address, "--agents", "2", "-e",
                                          "TARGET=" + target.url.replace("127.0.0.1", "localhost"))
                    self.expect_code(ran, 0)
                    self.assertEqual(ran.export["metrics"]["checks"]["passes"], 6, str(ran))
                    self.assertEqual(ran.stderr.count('env [\\"TARGET\\"]'), 6, str(ran))
                    for agent in agents.programs:
                        if "system calls by seccomp" in agent.log():
                            self.assertEqual(self.status(agent, "Seccomp"), "2")
                            # One filter, not one more after each run.
                            self.assertEqual(self.status(agent, "Seccomp_filters"), "1")
                        self.assertEqual(self.status(agent, "NoNewPrivs"), "1")
                # They are there for a fourth.
                controller.wait_for_agents(8)
            for agent in agents.programs:
                self.assertEqual(agent.log().count("sandbox: "), 4, agent.log())

    def test_with_certificates_and_a_file_of_flags(self):
        flags = remote.certificates(self.folder.path / "certs")
        config = self.folder.script("sandbox: require\n", "agent.yaml")
        with remote.Controller(*flags("controller")) as controller:
            with remote.Agents(controller.address, 1, *flags("agent"), "--daemon-config", config), harness.Nginx() as target:
                for run in range(1, 3):
                    controller.wait_for_agents(run)
                    ran = self.run_script(PING, "--controller", controller.address, *flags("client"), "-e",
                                          "TARGET=" + target.url)
                    self.expect_code(ran, 0)

    def test_variables_of_the_agent_are_gone(self):
        os.environ["HARMFUL_TOKEN"] = "of-the-operator"
        self.addCleanup(os.environ.pop, "HARMFUL_TOKEN")
        with remote.Controller() as controller, remote.Agents(controller.address, 1) as agents:
            environ = pathlib.Path("/proc/%d/environ" % agents[0].pid).read_bytes()
            self.assertNotIn(b"of-the-operator", environ)
            self.assertIn(b"PATH=", environ)

    def test_without_landlock_nobody_becomes_a_program(self):
        with remote.Controller() as controller, remote.Program(
                remote.AGENT, "--controller", controller.address, prefix=[sys.executable, "-c", NO_LANDLOCK]) as agent:
            agent.wait_for("files not (the kernel has no Landlock), system calls and programs by seccomp")
            controller.wait_for_agents(1)
            children = pathlib.Path("/proc/%d/task/%d/children" % (agent.pid, agent.pid))
            seen = [children.read_text()]
            for run in range(2, 4):
                self.expect_code(self.run_script("export default function () {}", "--controller", controller.address), 0)
                controller.wait_for_agents(run)
                seen.append(children.read_text())
            os.kill(int(seen[-1]), signal.SIGKILL)  # as if there were no memory left
            controller.wait_for_agents(4)
            seen.append(children.read_text())
            self.assertEqual(len(set(seen)), 4, seen)
            os.kill(agent.pid, signal.SIGTERM)
            agent.finish()
            self.assertFalse(pathlib.Path("/proc/" + seen[-1].strip()).exists())
            controller.wait_for_agents(4)

    def test_an_agent_of_no_sandbox(self):
        with remote.Controller() as controller, remote.Agents(controller.address, 1, "--sandbox=off") as agents:
            self.assertIn("files not (it was switched off)", agents[0].log())
            self.assertEqual(self.status(agents[0], "Seccomp"), "0")

    def test_a_virtual_user_cannot_end_the_daemon(self):
        script = """
            export const options = { vus: 2, iterations: 2 };
            export default function () {
              if (__VU === 1) { const all = []; while (true) all.push(new Array(1e6).fill(__VU)); }
            }"""
        with remote.Controller() as controller, remote.Agents(controller.address, 1) as agents:
            controller.wait_for_agents(1)
            self.run_script(script, "--controller", controller.address, "--max-heap", "64M")
            controller.wait_for_agents(2)
            self.assertIsNone(agents[0].process.poll())
            after = self.run_script("export default function () {}", "--controller", controller.address)
            self.expect_code(after, 0)

    def test_flags_that_are_wrong(self):
        for flags, text in ((["--sandbox", "maybe"], "--sandbox must be auto, require or off"),
                            (["--memory-limit", "much"], "--memory-limit must be a size of 256M to 1048576G"),
                            (["--memory-limit", "99999999999999999999G"], "--memory-limit must be a size of 256M to 1048576G"),
                            (["--memory-limit", "1M"], "--memory-limit must be a size of 256M to 1048576G"),
                            (["--cpu-limit", "0"], "--cpu-limit must be a number of 0.1 to 1024"),
                            (["--cpu-limit", "1e3"], "--cpu-limit must be a number of 0.1 to 1024")):
            with remote.Program(remote.AGENT, "--controller", "127.0.0.1:1", *flags) as agent:
                self.assertEqual(agent.finish(), 255)
                self.assertIn(text, agent.log())

    @staticmethod
    def used(pid):
        """Seconds of a processor."""
        fields = pathlib.Path("/proc/%d/stat" % pid).read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def test_limits_are_a_group_of_its_own(self):
        with remote.Controller() as controller:
            with remote.Program(remote.AGENT, "--controller", controller.address, "--memory-limit", "1G", "--cpu-limit", "0.5",
                                "--workers", "2") as agent:
                harness.wait_until(lambda: "registered with" in agent.log() or agent.process.poll() is not None)
                if agent.process.poll() is not None:
                    self.assertIn("set the limit where it is started", agent.log())
                    raise unittest.SkipTest(agent.log())
                groups = pathlib.Path("/proc/%d/cgroup" % agent.pid).read_text()
                self.assertIn("/loadctl-agent-%d" % agent.pid, groups)
                controller.wait_for_agents(1)
                before = self.used(agent.pid)
                began = time.monotonic()
                self.expect_code(self.run_script(
                    "export const options = { vus: 2, duration: '4s' }; export default function () { for (let i = 0; i < 1e6; ++i); }",
                    "--controller", controller.address), 0)
                share = (self.used(agent.pid) - before) / (time.monotonic() - began)
                self.assertLess(share, 0.7, "two workers that compute, and half a core")
                controller.wait_for_agents(2)  # afresh, in the same group
                self.assertEqual(pathlib.Path("/proc/%d/cgroup" % agent.pid).read_text(), groups)


class Metadata(harness.Case):
    SCRIPT = """
        import http from 'k6/http';
        export default function () {
          const res = http.get('http://169.254.169.254/latest/meta-data/', { timeout: '1s' });
          console.log('said ' + res.error);
        }"""

    def test_is_refused_unless_allowed(self):
        for flags, refused in (([], True), (["--deny-net", "10.0.0.0/8"], True),
                               (["--allow-net", "169.254.169.254", "--deny-net", "10.0.0.0/8"], False)):
            with self.subTest(flags), remote.Controller() as controller, remote.Agents(controller.address, 1, *flags):
                controller.wait_for_agents(1)
                run = self.run_script(self.SCRIPT, "--controller", controller.address)
                self.expect_code(run, 0)
                self.assertEqual("that this agent denies" in run.stderr, refused, str(run))

    def test_of_a_local_run_is_the_scripts_business(self):
        run = self.run_script(self.SCRIPT)
        self.assertNotIn("that this agent denies", run.stderr)


if __name__ == "__main__":
    unittest.main()
