"""Controller and agents as services: what systemd is told (sd_notify), how signals end an agent, certificates read again."""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import unittest

import harness
import remote

LONG = """
import { sleep } from 'k6';
export const options = { scenarios: { s: { executor: 'shared-iterations', vus: 1, iterations: 1 } } };
export default function () { console.log('MARK'); sleep(%s); }
"""


class Listener:
    """What a service tells, as systemd hears it."""

    def __init__(self, folder, name):
        self.path = str(pathlib.Path(folder) / (name + ".socket"))
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)
        self._socket.setblocking(False)
        self.told = []

    def close(self):
        self._socket.close()

    def prefix(self):
        return ["env", "NOTIFY_SOCKET=" + self.path]

    def heard(self, text):
        while True:
            try:
                self.told += self._socket.recv(4096).decode().split("\n")
            except BlockingIOError:
                return any(line.startswith(text) for line in self.told)

    def wait_for(self, text):
        harness.wait_until(lambda: self.heard(text), 20, "%r of %r" % (text, self.told))


class Case(harness.Case):
    def listener(self, name):
        listener = Listener(self.folder.path, name)
        self.addCleanup(listener.close)
        return listener

    def start(self, controller, script, *flags):
        return self._enter(harness.Started("run", "-q", "--controller", controller.address, "--agents", "1", *flags,
                                           script))


class Systemd(Case):
    def test_the_controller_tells_how_it_does(self):
        systemd = self.listener("controller")
        with remote.Controller(prefix=systemd.prefix()) as controller:
            systemd.wait_for("READY=1")
            systemd.wait_for("WATCHDOG=1")
            systemd.wait_for("STATUS=0 agents idle, 0 at work")
            with remote.Agents(controller.address, 1):
                systemd.wait_for("STATUS=1 agents idle, 0 at work")
                run = harness.loadctl("run", "-q", "--controller", controller.address, "--agents", "1",
                                      self.folder.script(LONG % 1.5))
                self.expect_code(run, 0)
                systemd.wait_for("STATUS=0 agents idle, 1 at work")
            self.assertFalse(systemd.heard("STOPPING=1"))
            controller.kill(signal.SIGTERM)
            self.assertEqual(controller.finish(), 0)
            systemd.wait_for("STOPPING=1")

    def test_an_agent_tells_how_it_does_and_ends_at_once_when_idle(self):
        systemd = self.listener("agent")
        with remote.Controller() as controller:
            with remote.Agents(controller.address, 1, prefix=systemd.prefix()) as agents:
                for told in ("READY=1", "STATUS=idle, registered with", "WATCHDOG=1"):
                    systemd.wait_for(told)
                agents[0].kill(signal.SIGTERM)
                self.assertEqual(agents[0].finish(), 0)
                systemd.wait_for("STOPPING=1")

    def test_an_agent_without_a_controller_is_ready_and_waits(self):
        systemd = self.listener("agent")
        nobody = "127.0.0.1:%d" % harness.free_port()
        with remote.Program(remote.AGENT, "--controller", nobody, prefix=systemd.prefix()) as agent:
            systemd.wait_for("READY=1")
            systemd.wait_for("STATUS=waits for the controller at " + nobody)
            agent.kill(signal.SIGINT)
            self.assertEqual(agent.finish(), 0)


class Drain(Case):
    def test_a_busy_agent_ends_after_its_run(self):
        systemd = self.listener("agent")
        with remote.Controller() as controller:
            with remote.Agents(controller.address, 1, prefix=systemd.prefix()) as agents:
                run = self.start(controller, self.folder.script(LONG % 3))
                run.wait_for("MARK")
                systemd.wait_for("STATUS=works for a run")
                os.kill(agents[0].pid, signal.SIGTERM)
                agents[0].wait_for("ends after its run")
                systemd.wait_for("EXTEND_TIMEOUT_USEC=")
                done = run.finish()
                self.expect_code(done, 0)
                self.expect_text(done, "a 'terminated' signal came: the agent goes on with this run for 30s at the latest")
                self.assertEqual(agents[0].finish(), 0)

    def lose(self, *flags, signals=1):
        with remote.Controller() as controller, remote.Agents(controller.address, 1, *flags) as agents:
            run = self.start(controller, self.folder.script(LONG % 60))
            run.wait_for("MARK")
            for number in range(signals):
                os.kill(agents[0].pid, signal.SIGTERM)
                if number == 0 and signals > 1:
                    agents[0].wait_for("ends after its run")
            self.assertEqual(agents[0].finish(), 1)
            done = run.finish()
            self.expect_code(done, 111)
            self.expect_text(done, "a 'terminated' signal came: the agent goes on")  # whoever ran it is told why it was lost
            if signals == 1:
                self.expect_text(done, "its run goes on after --drain-limit")
            return agents[0].log()

    def test_the_limit_ends_it(self):
        self.assertIn("--drain-limit", self.lose("--drain-limit", "1s"))

    def test_no_limit_is_at_once(self):
        self.assertIn("--drain-limit", self.lose("--drain-limit", "0"))

    def test_a_second_signal_ends_it_at_once(self):
        self.assertIn("a second signal came", self.lose(signals=2))

    def test_an_agent_that_starts_afresh_still_ends_when_it_is_told(self):
        with remote.Controller() as first, remote.Agents(first.address, 1) as agents:
            first.kill(signal.SIGKILL)
            first.finish()
            with remote.Controller(listen=first.address):
                agents[0].wait_for(" is lost: this agent was given up here, or the controller is a new one")
                agents[0].kill(signal.SIGTERM)
                self.assertEqual(agents[0].finish(), 0)

    def test_wrong_limits_are_refused(self):
        for limit in ("x", "-1s", "169h", ""):
            run = subprocess.run([remote.AGENT, "--controller", "127.0.0.1:1", "--drain-limit=" + limit],
                                 capture_output=True, text=True)
            self.assertEqual(run.returncode, 255)
            self.assertIn("--drain-limit", run.stderr)


# One agent is as long in one phase as SECONDS says, and marks it.
PHASES = """
import { sleep } from 'k6';
const stay = (phase) => { if (phase === __ENV.PHASE) { console.log('MARK'); sleep(Number(__ENV.SECONDS)); } };
export function setup() { stay('setup'); }
export const options = { scenarios: { s: { executor: 'shared-iterations', vus: 2, iterations: 2 } } };
export default function () { stay('load'); }
export function teardown() { stay('teardown'); }
"""


class Phases(Case):
    """What comes of a run whose agent's pod is evicted (SIGTERM, and SIGKILL after the grace period), or whose controller is
    told to end: in setup, in the load, in teardown."""

    def begin(self, controller, phase, seconds):
        self.verdict = self.folder.path / ("verdict-%s.json" % phase)
        run = self.start(controller, self.folder.script(PHASES), "-e", "PHASE=" + phase, "-e", "SECONDS=%s" % seconds,
                         "--verdict-file", self.verdict)
        run.wait_for("MARK")
        return run

    def expect_verdict(self, run, code, verdict, cause):
        self.expect_code(run, code)
        judged = json.loads(self.verdict.read_text())
        self.assertEqual((judged["verdict"], judged["code"]), (verdict, code), judged)
        if cause is None:
            return self.assertIsNone(judged["cause"])
        self.assertIn(cause, judged["cause"])
        self.expect_text(run, cause)

    def test_an_agent_that_is_evicted_ends_its_run_first(self):
        for phase in ("setup", "load", "teardown"):
            with self.subTest(phase), remote.Controller() as controller, remote.Agents(controller.address, 1) as agents:
                run = self.begin(controller, phase, 2)
                os.kill(agents[0].pid, signal.SIGTERM)
                done = run.finish()
                self.expect_verdict(done, 0, "passed", None)
                self.assertEqual(done.count("iterations"), 2)
                self.assertEqual(agents[0].finish(), 0)

    def test_an_agent_whose_grace_period_is_too_short_breaks_its_run(self):
        for phase in ("setup", "load", "teardown"):
            with self.subTest(phase), remote.Controller() as controller, remote.Agents(controller.address, 1) as agents:
                run = self.begin(controller, phase, 60)
                os.kill(agents[0].pid, signal.SIGTERM)
                run.wait_for("a 'terminated' signal came: the agent goes on")
                agents[0].kill(signal.SIGKILL)
                self.expect_verdict(run.finish(), 111, "incomplete", "agent 1 of 1 was lost")

    def test_a_controller_that_is_told_to_end_ends_the_run(self):
        for phase in ("setup", "load", "teardown"):
            with self.subTest(phase), remote.Controller() as controller, remote.Agents(controller.address, 1):
                run = self.begin(controller, phase, 4)
                os.kill(controller.pid, signal.SIGTERM)
                self.expect_verdict(run.finish(), 105, "aborted",
                                    "the controller is being stopped: it received a 'terminated' signal")
                self.assertEqual(controller.finish(), 0)

    def test_a_client_that_waits_is_told_so_too(self):
        with remote.Controller() as controller:
            run = self.start(controller, self.folder.script(PHASES), "--wait")
            run.wait_for("waiting for agents")
            os.kill(controller.pid, signal.SIGTERM)
            done = run.finish()
            self.expect_code(done, 105)
            self.expect_text(done, "the controller is being stopped")


class HangUp(Case):
    def test_an_agent_reads_its_certificates_again(self):
        folder = self.folder.path / "certs"
        flags = remote.certificates(folder)
        subprocess.run([harness.LOADCTL, "certs", "--issue", "agent", "--name", "rack7", str(folder)], check=True,
                       stdout=subprocess.DEVNULL)
        with remote.Controller(*flags("controller")) as controller:
            with remote.Agents(controller.address, 1, *flags("agent")) as agents:
                for ending in ("pem", "key"):
                    shutil.copy(folder / ("rack7." + ending), folder / ("agent." + ending))
                os.kill(agents[0].pid, signal.SIGHUP)
                agents[0].wait_for("new certificates are in use")
                (folder / "agent.key").write_text("no key")
                os.kill(agents[0].pid, signal.SIGHUP)
                agents[0].wait_for("the new certificates are not used")
                run = harness.loadctl("run", "-q", "--controller", controller.address, "--agents", "1",
                                      *flags("client"), self.folder.script(LONG % 0))
                self.expect_code(run, 0)


if __name__ == "__main__":
    unittest.main()
