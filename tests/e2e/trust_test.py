"""Who may do what at a controller: join tokens, lists of agents, rights of clients in every service, the audit log, and
certificates that are replaced while a run goes on."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import time
import unittest

import harness
import hostile
import remote

SCRIPT = "export const options = { vus: 1, iterations: 3 };\nexport default function () {}\n"
LONG = """import { sleep } from 'k6';
export const options = { vus: 1, duration: '60s', gracefulStop: '0s' };
export default function () { sleep(0.2); }
"""


def issue(certs, name, role, *flags):
    subprocess.run([harness.LOADCTL, "certs", "--issue", role, "--name", name, *flags, str(certs)], check=True,
                   stdout=subprocess.DEVNULL)


def token(path, *arguments):
    made = subprocess.run([harness.LOADCTL, "token", *arguments, "--file", str(path)], check=True, capture_output=True,
                          text=True)
    return made.stdout.strip()


class JoinTokens(harness.Case):
    """Agents without a certificate."""

    def setUp(self):
        super().setUp()
        self.certs = self.folder.path / "certs"
        remote.certificates(self.certs)
        self.tokens = self.folder.path / "tokens"
        self.first = token(self.tokens, "create", "--name", "rack7", "--ttl", "1h")
        self.controller = self._enter(remote.Controller(
            *remote.tls_flags(self.certs, "controller"), "--join-tokens", self.tokens, "--allow-agents", "rack7,rack8"))
        self.address = "localhost:%d" % self.controller.port

    def agent(self, bearer, **options):
        metadata = (("authorization", "Bearer " + bearer),) if bearer else ()
        credentials = hostile.grpc.ssl_channel_credentials((self.certs / "ca.pem").read_bytes())
        return self._enter(hostile.Agent(self.address, credentials=credentials, metadata=metadata,
                                         planned={"default": 3}, **options))

    def refused(self, peer, text):
        error = peer.wait_for_end()
        self.assertIn("PERMISSION_DENIED", error)
        self.assertIn(text, error)

    def run_remotely(self):
        return self.run_script(SCRIPT, "--controller", self.address, *remote.tls_flags(self.certs, "client"))

    def test_the_file_has_a_hash_and_is_its_users_alone(self):
        text = self.tokens.read_text()
        self.assertNotIn(self.first, text)
        self.assertNotIn(self.first.split(".")[1], text)
        self.assertEqual(self.tokens.stat().st_mode & 0o777, 0o600)

    def test_a_real_agent_joins_and_works(self):
        held = self.folder.path / "held"
        held.write_text(self.first + "\n")
        held.chmod(0o600)
        with remote.Agents(self.address, 1, "--tls-ca", self.certs / "ca.pem", "--token-file", held):
            self.expect_code(self.run_remotely(), 0)
            self.controller.wait_for("rack7 ")

    def test_whoever_shows_none_or_a_wrong_one(self):
        other = self.first[:-1] + ("0" if self.first[-1] != "0" else "1")
        for bearer in ("", "no", other, self.first.split(".")[0], "x" * 5000):
            self.refused(self.agent(bearer), "join token")

    def test_clients_come_by_no_join_token(self):
        credentials = hostile.grpc.ssl_channel_credentials((self.certs / "ca.pem").read_bytes())
        client = self._enter(hostile.Client(self.address, credentials=credentials,
                                            metadata=(("authorization", "Bearer " + self.first),)))
        self.refused(client, "no certificate")

    def test_one_that_is_taken_back(self):
        second = token(self.tokens, "create", "--name", "rack8")
        there, other = self.agent(second), self.agent(self.first)
        there.wait("welcome"), other.wait("welcome")
        token(self.tokens, "revoke", second.split(".")[0])
        self.refused(there, "has been taken back")
        self.assertIsNone(other.error)
        self.refused(self.agent(second), "does not know this join token")
        self.assertFalse(self.agent(self.first).wait("welcome").welcome.refused)

    def test_one_that_expires_lets_nobody_new_in_and_stops_nobody(self):
        second = token(self.tokens, "create", "--name", "rack8", "--ttl", "2s")
        agent = self.agent(second)
        self.assertFalse(agent.wait("welcome").welcome.refused)
        line = [line for line in self.tokens.read_text().splitlines() if " rack8 " in line][0]
        words = line.split()
        past = line.replace(words[2], "2026-01-01T00:00:00Z")
        self.tokens.write_text(self.tokens.read_text().replace(line, past))
        late = self.agent(second)
        self.assertIn(b"expired", late.wait("welcome").welcome.refused)
        # The same agent, whose stream broke.
        again = self.agent(second, epoch=agent.epoch)
        self.assertFalse(again.wait("welcome").welcome.refused)

    def test_names_that_are_not_on_the_list(self):
        third = token(self.tokens, "create", "--name", "rack9")
        self.refused(self.agent(third), "not among those")
        issue(self.certs, "eve", "agent")
        peer = self._enter(hostile.Agent(self.address, credentials=hostile.credentials(self.certs, "eve")))
        self.refused(peer, "not among those")

    def test_a_broken_list_lets_nobody_in(self):
        good = self.tokens.read_text()
        self.tokens.write_text(good + "nonsense\n")
        self.refused(self.agent(self.first), "broken")
        self.tokens.write_text(good)
        self.agent(self.first).wait("welcome")

    def test_wrong_words(self):
        for arguments in (["create"], ["create", "--file", "f", "--ttl", "0s"], ["create", "--file", "f", "--ttl", "x"],
                          ["create", "--file", "f", "--name", "a b"], ["revoke", "--file", "f"], ["wash", "--file", "f"],
                          ["revoke", "0123456789ab", "--file", str(self.tokens)]):
            run = subprocess.run([harness.LOADCTL, "token", *arguments], capture_output=True, text=True,
                                 cwd=self.folder.path)
            self.assertEqual(run.returncode, 255, run)
            self.assertTrue(run.stderr.startswith("loadctl token: "), run)


class Rights(harness.Case):
    """A client's rights, in the services that runs have."""

    @classmethod
    def setUpClass(cls):
        cls.held = harness.Folder()
        cls.path = cls.held.__enter__().path
        cls.certs = cls.path / "certs"
        remote.certificates(cls.certs)
        for name, rights in (("alice", "run"), ("bob", "run"), ("guard", "watch"), ("boss", "run,watch,stop-any"),
                             ("nobody", "none")):
            issue(cls.certs, name, "client", "--rights", rights)
        cls.audit = cls.path / "audit.jsonl"
        cls.controller = remote.Controller(*remote.tls_flags(cls.certs, "controller"), "--audit-log", cls.audit)
        cls.address = "localhost:%d" % cls.controller.port
        cls.agents = remote.Agents(cls.address, 1, *remote.tls_flags(cls.certs, "agent"))
        cls.agents.__enter__()
        cls.script = cls.held.script(LONG)

    @classmethod
    def tearDownClass(cls):
        cls.agents.__exit__()
        cls.controller.__exit__()
        cls.held.__exit__()

    def flags(self, who):
        return ["--controller", self.address, *remote.tls_flags(self.certs, who)]

    def command(self, who, *arguments):
        return subprocess.run([harness.LOADCTL, *arguments, *self.flags(who)], capture_output=True, text=True, timeout=60)

    def detach(self, who):
        def submit():
            made = self.command(who, "run", "-q", "--detach", self.script)
            return made if made.returncode == 0 or "busy" not in made.stderr else None
        made = harness.wait_until(submit, 30, "a free controller")
        self.assertEqual(made.returncode, 0, made)
        run = made.stdout.strip()
        self.addCleanup(lambda: self.command("boss", "runs", "stop", run))
        return run

    def events(self):
        return [json.loads(line) for line in self.audit.read_text().splitlines()]

    def denied(self, made, text="no right"):
        self.assertEqual(made.returncode, 255, made)
        self.assertIn(text, made.stderr)

    def test_who_may_do_what_with_the_run_of_another(self):
        run = self.detach("alice")
        self.assertIn(run, self.command("alice", "runs").stdout)
        self.assertIn(run, self.command("guard", "runs").stdout)
        self.assertNotIn(run, self.command("bob", "runs").stdout)
        self.assertNotIn(run, self.command("nobody", "runs").stdout)
        for who in ("bob", "nobody"):
            self.denied(self.command(who, "attach", "-q", run))
        for who in ("bob", "guard", "nobody"):
            self.denied(self.command(who, "runs", "stop", run))
        for who in ("guard", "nobody"):
            self.denied(self.command(who, "run", "-q", self.script), "no right to run")
            self.denied(self.command(who, "run", "-q", "--detach", self.script), "no right to run")
        # It goes on all the same; its own client stops it.
        self.assertIn("running", self.command("alice", "runs").stdout)
        self.assertEqual(self.command("alice", "runs", "stop", run).returncode, 0)
        self.assertEqual(self.command("guard", "attach", "-q", run).returncode, 105)

    def test_stop_any(self):
        run = self.detach("alice")
        self.assertEqual(self.command("boss", "runs", "stop", run).returncode, 0)

    def test_what_the_audit_log_tells(self):
        run = self.detach("alice")
        harness.wait_until(lambda: any(one["event"] == "run_begin" and one["run"] == run for one in self.events()), 20)
        begin = [one for one in self.events() if one["event"] == "run_begin" and one["run"] == run][0]
        serial = subprocess.run(["openssl", "x509", "-serial", "-noout", "-in", str(self.certs / "alice.pem")], check=True,
                                capture_output=True, text=True).stdout.strip().split("=")[1]
        self.assertEqual((begin["name"], begin["serial"]), ("alice", serial))
        self.assertEqual(len(begin["agents"]), 1)
        self.assertTrue(begin["agents"][0].startswith("loadctl agent "), begin)
        self.denied(self.command("bob", "runs", "stop", run))
        refused = [one for one in self.events() if one["event"] == "client_refused" and one["name"] == "bob"]
        self.assertIn("stop", refused[-1]["why"])
        self.command("boss", "runs", "stop", run)
        stop = [one for one in self.events() if one["event"] == "stop" and one.get("run") == run][0]
        self.assertEqual((stop["name"], stop["owner"]), ("boss", "alice"))
        harness.wait_until(lambda: any(one["event"] == "run_end" and one["run"] == run for one in self.events()), 20)
        end = [one for one in self.events() if one["event"] == "run_end" and one["run"] == run][0]
        self.assertEqual(end["exit_status"], 105)
        self.assertTrue(any(one["event"] == "agent_join" and one["name"] == "loadctl agent" for one in self.events()))

    def test_a_pause_and_a_stop_by_the_client_are_told(self):
        with harness.Started("run", "-q", "--address", "localhost:0", self.script, *self.flags("alice")) as run:
            harness.wait_until(lambda: "running" in self.command("boss", "runs").stdout, 30, "the run")
            for command in ("pause", "resume", "stop"):
                done = subprocess.run([harness.LOADCTL, command, "--pid", str(run.pid)], capture_output=True, text=True,
                                      timeout=60)
                self.assertEqual(done.returncode, 0, done)
            run.finish()
        told = [one["what"] for one in self.events() if one["event"] == "change" and one["name"] == "alice"]
        self.assertEqual(told[-3:], ["CHANGE_STATUS paused", "CHANGE_STATUS resumed", "CHANGE_STATUS stopped"])

    def test_rotation_by_a_signal(self):
        before = self.audit.read_text()
        moved = self.audit.with_suffix(".1")
        os.rename(self.audit, moved)
        os.kill(self.controller.pid, signal.SIGHUP)
        harness.wait_until(self.audit.exists, 10, "a new audit log")
        self.assertTrue(moved.read_text().startswith(before))
        self.assertEqual(self.audit.stat().st_mode & 0o777, 0o600)


class FullDisk(harness.Case):
    def test_a_run_that_the_audit_log_cannot_tell_of_does_not_begin(self):
        with remote.Controller("--audit-log", "/dev/full") as controller, remote.Agents(controller.address, 1):
            run = self.run_script(SCRIPT, "--controller", controller.address)
        self.assertEqual(run.code, 255, str(run))
        self.expect_text(run, "cannot write the audit log")


class Rotation(harness.Case):
    """Certificates are replaced, by others of the same authority or of a new one, and nothing is restarted."""

    def setUp(self):
        super().setUp()
        self.certs = self.folder.path / "certs"
        remote.certificates(self.certs)
        self.used = self.folder.path / "used"
        self.used.mkdir()
        for name in ("ca.pem", "controller.pem", "controller.key", "agent.pem", "agent.key"):
            shutil.copy(self.certs / name, self.used / name)
        self.controller = self._enter(remote.Controller(*remote.tls_flags(self.used, "controller")))
        self.address = "localhost:%d" % self.controller.port

    def replace(self, certs, *names):
        for name in names:
            # As careful people do it: whole or not at all.
            shutil.copy(certs / name, self.used / (name + ".new"))
            os.rename(self.used / (name + ".new"), self.used / name)

    def shown(self):
        made = subprocess.run(["openssl", "s_client", "-connect", self.address, "-CAfile", str(self.used / "ca.pem"),
                               "-cert", str(self.certs / "client.pem"), "-key", str(self.certs / "client.key")],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
        pem = made.stdout[made.stdout.find("-----BEGIN"):made.stdout.find("-----END") + 25]
        return pem.strip()

    def test_a_new_certificate_is_shown_and_the_run_goes_on(self):
        issue(self.certs, "second", "controller")
        old = self.shown()
        with remote.Agents(self.address, 1, *remote.tls_flags(self.used, "agent")):
            script = self.folder.script(LONG.replace("60s", "6s"))
            with harness.Started("run", "-q", script, "--controller", self.address,
                                 *remote.tls_flags(self.certs, "client")) as run:
                self.controller.wait_for(" begins")
                shutil.copy(self.certs / "second.key", self.used / "controller.key.new")
                shutil.copy(self.certs / "second.pem", self.used / "controller.pem.new")
                for name in ("controller.key", "controller.pem"):
                    os.rename(self.used / (name + ".new"), self.used / name)
                os.kill(self.controller.pid, signal.SIGHUP)
                self.controller.wait_for("new certificates are in use")
                harness.wait_until(lambda: self.shown() not in ("", old), 10, "another certificate")
                done = run.finish()
            self.assertEqual(done.code, 0, str(done))

    def test_broken_ones_are_not_used(self):
        old = self.shown()
        (self.used / "controller.pem").write_text("no certificate\n")
        self.controller.wait_for("the new certificates are not used: --tls-cert")
        time.sleep(2)  # gRPC looks once a second
        self.assertEqual(self.shown(), old)
        self.assertEqual(self.controller.log().count("are not used"), 1)

    def test_a_new_authority_and_an_agent_that_stays(self):
        agent = self._enter(remote.Agents(self.address, 1, *remote.tls_flags(self.used, "agent")))
        other = self.folder.path / "other"
        remote.certificates(other)
        both = (self.certs / "ca.pem").read_text() + (other / "ca.pem").read_text()
        (self.used / "ca.pem").write_text(both)
        self.controller.wait_for("new certificates are in use")
        self.replace(other, "agent.key", "agent.pem")
        time.sleep(2)
        # The run begins on the stream that stands; the agent then starts afresh, with the new certificate.
        for number in (1, 2):
            run = self.run_script(SCRIPT, "--controller", self.address, *remote.tls_flags(self.certs, "client"))
            self.expect_code(run, 0)
            agent[0].wait_for("registered with the controller", times=number + 1)
        (self.used / "ca.pem").write_text((other / "ca.pem").read_text())
        self.controller.wait_for("new certificates are in use", times=2)
        time.sleep(2)
        run = self.run_script(SCRIPT, "--controller", self.address, *remote.tls_flags(self.certs, "client"))
        self.assertEqual(run.code, 255, str(run))


if __name__ == "__main__":
    unittest.main()
