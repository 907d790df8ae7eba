"""Clients that lie, dawdle or ask for too much, and peers that are not who they say: the controller answers in words, and
serves the next one. What it takes up is bounded."""

import os
import pathlib
import socket
import subprocess
import time
import unittest
import urllib.request

import harness
import hostile
import remote

SCRIPT = "export const options = { vus: 1, iterations: 3 };\nexport default function () {}\n"


def rss(pid):
    """Bytes of memory that a process has."""
    return int(pathlib.Path("/proc/%d/statm" % pid).read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def when_free(make):
    """A client of make() that the controller has time for: it does one at a time, and those before may just have gone."""
    end = time.monotonic() + 30
    while True:
        client = make()
        welcome = client.wait("welcome")
        if not welcome or b"busy" not in welcome.welcome.refused or time.monotonic() > end:
            return client
        client.close()
        time.sleep(0.1)


class Served(harness.Case):
    """One controller for all tests of a class, whose patience is short."""

    flags = ("--ready-patience", "1s", "--submit-patience", "1s")

    @classmethod
    def setUpClass(cls):
        cls.held = harness.Folder()
        cls.path = cls.held.__enter__()
        cls.recorded = hostile.record(cls.path.script(SCRIPT), "--agents", "1")
        cls.controller = remote.Controller(*cls.flags)

    @classmethod
    def tearDownClass(cls):
        cls.controller.__exit__()
        cls.held.__exit__()

    def agent(self, **options):
        options.setdefault("planned", {"default": 3})
        return self._enter(hostile.Agent(self.controller.address, **options))

    def client(self, greet=True, **options):
        def make():
            return hostile.Client(self.controller.address, greet=greet, **options)
        return self._enter(when_free(make) if greet else make())

    def expect_served(self):
        """Whatever was before: an honest run is whole."""
        self.assertIsNone(self.controller.process.poll(), self.controller.log())
        # The client first: a run before this one that is being stopped would take the agent.
        with self.client() as client, hostile.Agent(self.controller.address, planned={"default": 3}) as agent:
            agent.wait("welcome")  # a run that finds no agent is refused
            outcome = client.run(self.recorded)
        self.assertIsNotNone(outcome, client.error)
        self.assertFalse(outcome.HasField("error"), outcome.error)


# Fields of a submission that is no plan: the outcome says so (104), and no agent hears of it.
SUBMISSIONS = {
    "no_agents": dict(agents=0),
    "a_billion_agents": dict(agents=1 << 30),
    "too_many_workers": dict(workers=1025),
    "workers_without_end": dict(workers=(1 << 32) - 1),
    "another_hash": dict(bundle_hash=b"0" * 64),
    "no_main": dict(main_url=b"file:///none.js"),
    "no_options": dict(options_json=b""),
    "options_of_noise": dict(options_json=b"\xff\x00{"),
    "options_of_deep_json": dict(options_json=b"[" * 100000),
    "options_of_nothing": dict(options_json=b"{}"),
    "metric_of_a_bad_name": dict(_=lambda s: s.metrics.add(name=b"1")),
    "metric_without_name": dict(_=lambda s: s.metrics.add(name=b"")),
    "metric_of_another_type": dict(_=lambda s: s.metrics.add(name=b"iterations", type=3)),
}


class Submissions(Served):
    def refused(self, fields):
        outcome = self.client().run(self.recorded, **fields)
        self.assertIsNotNone(outcome)
        self.assertIn(outcome.error.code, (hostile.INVALID_CONFIG, hostile.GENERIC), outcome.error)
        self.assertNotEqual(outcome.error.message, b"")

    def test_workers_that_no_machine_has(self):
        with remote.Agents(self.controller.address, 1):
            outcome = self.client().run(self.recorded, workers=1024)
        self.assertEqual(outcome.error.code, hostile.INVALID_CONFIG, outcome.error)
        self.assertIn(b"1024 workers", outcome.error.message)

    def test_a_script_that_writes_into_the_log(self):
        self.client().run(self.recorded, script=b"x\n\x1b[2Jlevel=error msg=forged", agents=0)
        self.assertNotIn("\x1b[2J", self.controller.log())
        self.assertFalse([line for line in self.controller.log().splitlines() if line.startswith("\x1b")])

    def test_a_million_variables(self):
        agent = self.agent()
        outcome = self.client().run(self.recorded, _=lambda s: s.env.extend(
            hostile.session.Variable(name=b"V%d" % i, value=b"x") for i in range(20000)))
        self.assertFalse(outcome.HasField("error"), outcome.error)
        agent.close()

    def test_afterwards_others_are_served(self):
        self.expect_served()


for _name, _fields in SUBMISSIONS.items():
    setattr(Submissions, "test_" + _name, lambda self, fields=_fields: self.refused(fields))


class Orders(Served):
    """Messages in another order than the protocol's."""

    def ends(self, *messages):
        client = self.client()
        for one in messages:
            client.send(one)
        client.wait_for_end()
        self.assertIsNone(client.wait("outcome"))
        self.expect_served()

    def make(self, body, **fields):
        message = hostile.clients.FromClient()
        getattr(message, body).SetInParent()
        for name, value in fields.items():
            setattr(getattr(message, body), name, value)
        return message

    def test_chunks_without_a_submission(self):
        self.ends(self.make("bundle_chunk", data=b"x", last=True))

    def test_two_submissions(self):
        self.ends(self.make("submission"), self.make("submission"))

    def test_a_submission_after_the_last_chunk(self):
        with hostile.Agent(self.controller.address, planned={"default": 3}) as agent:
            agent.wait("welcome")
            client = self.client()
            client.submit(self.recorded)
            client.send(self.make("submission"))
            client.wait_for_end()
        self.expect_served()

    def test_numbers_with_a_gap(self):
        client = self.client()
        client.send(self.make("submission"), number=7)
        client.wait_for_end()

    def test_a_second_hello(self):
        client = self.client()
        client.wait("welcome")
        client.greet()
        client.wait_for_end()

    def test_another_version(self):
        self.client().close()
        client = self.client(greet=False)
        client.greet(protocol_major=99)
        self.assertIn(b"version 99", client.wait("welcome").welcome.refused)

    def test_a_name_that_moves_the_cursor(self):
        client = self.client(greet=False)
        client.greet(name=b"\x1b[2J\nlevel=error" * 1000)
        client.wait("welcome")
        client.close()
        self.assertNotIn("\x1b[2J", self.controller.log())

    def test_stop_and_questions_before_a_test(self):
        client = self.client()
        client.send(self.make("stop", signal=b"\x1b[2J"))
        client.send(self.make("api_request", serial=1, kind=77))
        self.assertEqual(client.wait("api_response").api_response.status, 503)
        client.close()
        self.expect_served()

    def test_ten_thousand_questions(self):
        agent = self.agent(twist=lambda step, said: None if step == "ready" else said)
        client = self.client()
        client.submit(self.recorded)
        for serial in range(10000):
            client.send(self.make("api_request", serial=serial, kind=9, text=b"{"))
        client.wait("api_response")
        agent.close()
        client.close()
        self.expect_served()


class Deadlines(Served):
    flags = (*Served.flags, "--figures-patience", "2s")

    def test_a_client_that_only_says_hello(self):
        client = self.client()
        client.wait("welcome")
        client.wait_for_end(20)
        self.expect_served()

    def test_a_client_that_never_ends_its_bundle(self):
        client = self.client()
        message = client.make("submission")
        message.submission.CopyFrom(self.recorded.submission)
        client.send(message)
        client.wait_for_end(20)
        self.expect_served()

    def test_a_client_that_never_takes_its_outcome(self):
        client = self.client()
        client.acknowledges = False
        client.submit(self.recorded, agents=0)
        client.wait("outcome")
        client.wait_for_end(20)
        self.expect_served()

    def test_an_agent_that_is_never_ready(self):
        agent = self.agent(twist=lambda step, said: None if step == "ready" else said)
        outcome = self.client().run(self.recorded)
        self.assertEqual(outcome.error.code, hostile.AGENT_LOST)
        self.assertIn(b"made none for 1s", outcome.error.message)
        agent.close()

    def test_an_agent_that_is_there_and_sends_no_figures(self):
        agent = self.agent(twist=lambda step, said: None if step in ("delta", "run_done", "last_delta") else said)
        outcome = self.client().run(self.recorded)
        self.assertEqual(outcome.error.code, hostile.AGENT_LOST)
        self.assertIn(b"sent no figures for 2s", outcome.error.message)
        agent.close()

    def test_an_agent_that_takes_no_bundle(self):
        agent = self.agent(twist=lambda step, said: None if step == "bundle_wanted" else said)
        outcome = self.client().run(self.recorded)
        self.assertEqual(outcome.error.code, hostile.AGENT_LOST)
        agent.close()

    def test_an_agent_without_a_clock(self):
        agent = self.agent(twist=lambda step, said: None if step == "clock" else said)
        outcome = self.client().run(self.recorded)
        self.assertEqual(outcome.error.code, hostile.AGENT_LOST)
        self.assertIn(b"clock", outcome.error.message)
        agent.close()

    def lying_clock(self, change):
        def twist(step, said):
            if step == "clock":
                change(said.clock)
            return said
        agent = self.agent(twist=twist)
        began = time.monotonic()
        outcome = self.client().run(self.recorded)
        agent.close()
        self.assertLess(time.monotonic() - began, 60)
        return outcome

    def test_a_clock_that_moves_the_start_ahead(self):
        outcome = self.lying_clock(lambda clock: setattr(clock, "controller_ns", 1))
        self.assertIn(b"clock", outcome.error.message)
        outcome = self.lying_clock(lambda clock: setattr(clock, "controller_ns", clock.controller_ns - 3600 * 10**9))
        self.assertIn(b"clock", outcome.error.message)

    def test_a_clock_without_end(self):
        for ns in (-1, (1 << 63) - 1):
            outcome = self.lying_clock(lambda clock: setattr(clock, "agent_ns", ns))
            self.assertIn(b"clock", outcome.error.message)

    def test_a_clock_that_is_years_off_is_its_own_matter(self):
        outcome = self.lying_clock(lambda clock: setattr(clock, "agent_ns", clock.agent_ns + 10**18))
        self.assertFalse(outcome.HasField("error"), outcome.error)


class Quotas(Served):
    flags = ("--max-agents-of-host", "5", "--max-streams", "20")

    def test_agents_of_one_host(self):
        agents = [self.agent() for _ in range(6)]
        refused = [one for one in agents if one.wait("welcome").welcome.refused]
        self.assertEqual(len(refused), 1)
        self.assertIn(b"enough agents of this host", refused[0].wait("welcome").welcome.refused)
        for one in agents:
            one.close()

    def test_streams(self):
        streams = [self.client(greet=False) for _ in range(30)]
        harness.wait_until(lambda: sum("too many" in (one.error or "") for one in streams) >= 10, 20, "refusals")
        for one in streams:
            one.close()

    def test_500_wishes_for_a_bundle_cost_no_memory(self):
        recorded = hostile.Recorded(self.recorded.submission, self.recorded.chunks)
        before = rss(self.controller.pid)

        def wish(step, said):
            return [hostile.session.FromAgent(bundle_wanted=hostile.session.BundleWanted()) for _ in range(500)] \
                if step == "bundle_wanted" else said
        agent = self.agent(twist=wish)
        outcome = self.client().run(recorded)
        self.assertEqual(outcome.error.code, hostile.AGENT_LOST)
        self.assertLess(rss(self.controller.pid) - before, 50 << 20)
        agent.close()

    def test_a_flood_of_output_is_taken_at_the_runs_pace(self):
        def flood(step, said):
            if step != "run_done":
                return said
            lines = hostile.session.FromAgent()
            for _ in range(1000):
                lines.logs.lines.add(level=1, message=b"x" * 1000)
            return [lines] * 1 + [said]
        agent = self.agent(twist=flood)
        outcome = self.client().run(self.recorded)
        self.assertFalse(outcome.HasField("error"), outcome.error)
        agent.close()


class Compressed(Served):
    """A megabyte of zeros, compressed a thousandfold, would be a gigabyte before anything measures it."""

    def refused(self, method, compression):
        channel = self._enter(hostile.grpc.insecure_channel(self.controller.address, hostile.OPTIONS))
        call = channel.stream_stream(method, bytes, bytes)
        token = (("authorization", "Bearer " + remote.token(self.controller.address)),)
        with self.assertRaises(hostile.grpc.RpcError) as caught:
            list(call(iter([b"\0" * (64 << 20)]), metadata=token, compression=compression, timeout=30))
        self.assertEqual(caught.exception.code(), hostile.grpc.StatusCode.UNIMPLEMENTED, caught.exception.details())

    def test_messages_are_not_unpacked(self):
        before = rss(self.controller.pid)
        for method in (hostile.AGENTS, hostile.CLIENTS):
            for compression in (hostile.grpc.Compression.Gzip, hostile.grpc.Compression.Deflate):
                with self.subTest(method, compression=compression):
                    self.refused(method, compression)
        self.assertLess(rss(self.controller.pid) - before, 32 << 20)
        self.expect_served()


class Connections(Served):
    metrics = "127.0.0.1:%d" % harness.free_port()
    flags = ("--max-connections", "3", "--max-connections-of-host", "2", "--metrics-address", metrics)

    def connect(self, host="127.0.0.1"):
        peer = self._enter(socket.create_connection(("127.0.0.1", self.controller.port), 5, (host, 0)))
        peer.settimeout(5)
        return peer

    def is_let_in(self, peer):
        """gRPC speaks first on a connection without TLS; one without a place is closed."""
        try:
            return bool(peer.recv(1))
        except ConnectionError:
            return False

    def test_of_one_host_and_in_all(self):
        own = [self.connect() for _ in range(2)]
        self.assertTrue(all(map(self.is_let_in, own)))
        self.assertFalse(self.is_let_in(self.connect()))
        self.assertTrue(self.is_let_in(self.connect("127.0.0.2")))
        self.assertFalse(self.is_let_in(self.connect("127.0.0.3")))
        text = urllib.request.urlopen("http://%s/metrics" % self.metrics, timeout=5).read().decode()
        for line in ('loadctl_limit{limit="max-connections"} 3', 'loadctl_limit_used{limit="max-connections"} 3',
                     'loadctl_limit_used{limit="max-connections-of-host"} 2',
                     'loadctl_limit_reached_total{limit="max-connections"} 1',
                     'loadctl_limit_reached_total{limit="max-connections-of-host"} 1'):
            self.assertIn(line, text)

    def test_places_come_back(self):
        for _ in range(3):
            for peer in [self.connect() for _ in range(4)]:
                peer.close()
        harness.wait_until(lambda: self.is_let_in(self.connect("127.0.0.4")), 20, "a place")
        self.doCleanups()
        self.expect_served()


class Leaks(Served):
    """A controller that has done many runs has no more descriptors, threads or memory than after the first ones."""

    def state(self):
        folder = pathlib.Path("/proc/%d" % self.controller.pid)
        # gRPC's executors get a thread more whenever they are behind, at most two a core, and keep them.
        threads = [name for name in map(self.name_of, (folder / "task").iterdir()) if "-execut" not in name]
        return len(os.listdir(folder / "fd")), len(threads), rss(self.controller.pid)

    def name_of(self, thread):
        try:
            return (thread / "comm").read_text()
        except OSError:
            return "ended"

    def test_runs_leave_nothing(self):
        before = None
        for number in range(150):
            self.expect_served()
            self.doCleanups()
            if number == 49:
                before = self.state()
        # gRPC ends threads that it no longer needs some time after.
        harness.wait_until(lambda: all(now <= then + room for now, then, room in zip(self.state(), before, (1, 2))), 60,
                           "descriptors and threads as few as before: %s, now %s" % (before, self.state()))
        self.assertLess(self.state()[2] - before[2], 2 << 20)


class Tokens(harness.Case):
    """Without certificates whoever may come to the port is asked for the token of the controller's user."""

    def setUp(self):
        super().setUp()
        self.controller = self._enter(remote.Controller())

    def refused(self, peer):
        error = peer.wait_for_end()
        self.assertIn("PERMISSION_DENIED", error)
        self.assertIn("token", error)

    def test_without_or_with_another(self):
        for metadata in ((), (("authorization", "Bearer no"),), (("authorization", ""),)):
            self.refused(self._enter(hostile.Agent(self.controller.address, metadata=metadata)))
            self.refused(self._enter(hostile.Client(self.controller.address, metadata=metadata)))

    def test_the_file_is_its_users_alone_and_goes_with_the_controller(self):
        path = remote.token_path(self.controller.port)
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        self.controller.kill(15)
        self.assertFalse(path.exists())

    def test_programs_of_its_user_find_it(self):
        with remote.Agents(self.controller.address, 1):
            run = self.run_script(SCRIPT, "--controller", self.controller.address)
        self.expect_code(run, 0)
        other = {"XDG_RUNTIME_DIR": str(self.folder.path)}
        run = self.run_script(SCRIPT, "--controller", self.controller.address, env=other)
        self.assertEqual(run.code, 255, str(run))
        self.expect_text(run, "--token-file")
        token = self.folder.path / "token"
        token.write_text(remote.token(self.controller.address))
        token.chmod(0o600)
        with remote.Agents(self.controller.address, 1):
            run = self.run_script(SCRIPT, "--controller", self.controller.address, "--token-file", str(token), env=other)
        self.expect_code(run, 0)


class Roles(harness.Case):
    @classmethod
    def setUpClass(cls):
        cls.held = harness.Folder()
        cls.path = cls.held.__enter__().path
        cls.certs = cls.path / "certs"
        remote.certificates(cls.certs)
        cls.issue("eve", "agent")
        cls.issue("alice", "client")
        cls.issue("guest", "client", "--rights", "watch")
        cls.issue("mallory", "client")
        cls.revoked = cls.path / "revoked"
        cls.revoked.write_text("# none\n")
        cls.recorded = hostile.record(cls.held.script(SCRIPT), "--agents", "1")
        cls.controller = remote.Controller(*remote.tls_flags(cls.certs, "controller"), "--revoked", cls.revoked,
                                           "--submit-patience", "1s")
        cls.address = "localhost:%d" % cls.controller.port

    @classmethod
    def tearDownClass(cls):
        cls.controller.__exit__()
        cls.held.__exit__()

    @classmethod
    def issue(cls, name, role, *flags):
        subprocess.run([harness.LOADCTL, "certs", "--issue", role, "--name", name, *flags, str(cls.certs)], check=True,
                       stdout=subprocess.DEVNULL)

    def agent(self, name, **options):
        return self._enter(hostile.Agent(self.address, credentials=hostile.credentials(self.certs, name),
                                         planned={"default": 3}, **options))

    def client(self, name):
        credentials = hostile.credentials(self.certs, name)
        return self._enter(when_free(lambda: hostile.Client(self.address, credentials=credentials)))

    def refused(self, peer, text):
        error = peer.wait_for_end()
        self.assertIn("PERMISSION_DENIED", error)
        self.assertIn(text, error)

    def test_a_clients_certificate_is_no_agents(self):
        self.refused(self.agent("client"), "a client, and here an agent")

    def test_an_agents_certificate_is_no_clients(self):
        self.refused(self.client("agent"), "an agent, and here a client")
        self.refused(self.client("eve"), "an agent, and here a client")

    def test_the_controllers_certificate_is_neither(self):
        for peer in (self.agent("controller"), self.client("controller")):
            self.assertIsNotNone(peer.wait_for_end())

    def test_a_client_without_the_right(self):
        self.refused(self.client("guest"), "no right to run")

    def test_a_revoked_one_is_refused_without_a_restart(self):
        serial = subprocess.run(["openssl", "x509", "-serial", "-noout", "-in", str(self.certs / "mallory.pem")],
                                check=True, capture_output=True, text=True).stdout.split("=")[1]
        before = self.client("mallory")
        before.wait("welcome")
        before.close()
        self.revoked.write_text("# left us\n" + serial)
        self.refused(self.client("mallory"), "revoked")

    def revoke(self, name):
        serial = subprocess.run(["openssl", "x509", "-serial", "-noout", "-in", str(self.certs / (name + ".pem"))],
                                check=True, capture_output=True, text=True).stdout
        with open(self.revoked, "a") as out:
            out.write(serial)

    def test_a_revoked_one_that_is_there_is_sent_away(self):
        self.issue("traitor", "agent")
        agent, good = self.agent("traitor"), self.agent("eve")
        agent.wait("welcome"), good.wait("welcome")
        self.revoke("traitor")
        # Whether it has been sent away yet or not: it gets no script.
        outcome = self.client("alice").run(self.recorded)
        self.assertFalse(outcome.HasField("error"), outcome.error)
        self.refused(agent, "revoked")
        self.assertFalse(any(one.WhichOneof("body") == "prepare" for one in agent.log))
        good.close()

    def test_a_revoked_client_is_sent_away_and_its_run_ends(self):
        self.issue("leaver", "client")
        agent = self.agent("eve", twist=lambda step, said: None if step == "ready" else said)
        agent.wait("welcome")
        client = self.client("leaver")
        client.submit(self.recorded)
        agent.wait("prepare")
        self.revoke("leaver")
        self.refused(client, "revoked")
        agent.wait("stop")
        agent.close()
        agent = self.agent("eve")
        agent.wait("welcome")
        outcome = self.client("alice").run(self.recorded)
        self.assertFalse(outcome.HasField("error"), outcome.error)
        agent.close()

    def test_a_certificate_without_a_role(self):
        key, request, pem = (self.certs / ("old" + end) for end in (".key", ".csr", ".pem"))
        for command in (["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", str(key),
                         "-subj", "/CN=old", "-out", str(request)],
                        ["x509", "-req", "-in", str(request), "-CA", str(self.certs / "ca.pem"), "-CAkey",
                         str(self.certs / "ca.key"), "-out", str(pem), "-days", "1"]):
            subprocess.run(["openssl", *command], check=True, capture_output=True)
        self.refused(self.client("old"), "no role")
        self.refused(self.agent("old"), "no role")

    def test_another_authority(self):
        other = self.path / "other"
        remote.certificates(other)
        credentials = hostile.grpc.ssl_channel_credentials(
            (self.certs / "ca.pem").read_bytes(), (other / "agent.key").read_bytes(), (other / "agent.pem").read_bytes())
        peer = self._enter(hostile.Agent(self.address, credentials=credentials))
        self.assertIn("UNAVAILABLE", peer.wait_for_end())

    def test_names_are_told(self):
        agent = self.agent("eve")
        agent.wait("welcome")
        outcome = self.client("alice").run(self.recorded)
        self.assertFalse(outcome.HasField("error"), outcome.error)
        self.assertIn("by alice ", self.controller.log())
        self.assertIn("eve ", self.controller.log())
        agent.close()

    def test_agents_are_claimed_at_random(self):
        lowest = 0
        for i in range(20):
            agents = [self.agent("eve", epoch=1 + i), self.agent("eve", epoch=(1 << 63) - 1 - i)]
            for one in agents:
                one.wait("welcome")
            outcome = self.client("alice").run(self.recorded)
            self.assertFalse(outcome.HasField("error"), outcome.error)
            lowest += any(one.WhichOneof("body") == "prepare" for one in agents[0].log)
            for one in agents:
                one.close()
        self.assertNotIn(lowest, (0, 20))


if __name__ == "__main__":
    unittest.main()
