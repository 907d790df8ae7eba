"""A controller and agents on their own, and `loadctl run --controller`: the same run as locally, whatever breaks."""

import json
import signal
import ssl
import subprocess
import sys
import unittest
import urllib.request

import harness
import remote

ITERATIONS = """
import { check } from 'k6';
export const options = { scenarios: { a: { executor: 'shared-iterations', vus: 6, iterations: 300 } } };
export default function () { check(1, { one: (x) => x === 1 }); }
"""
SLEEP = """
import { sleep } from 'k6';
export const options = { vus: 4, duration: '%s' };
export default function () { sleep(0.05); }
"""


class Case(harness.Case):
    def controller(self, *flags, **options):
        return self._enter(remote.Controller(*flags, **options))

    def agents(self, address, count, *flags, **options):
        return self._enter(remote.Agents(address, count, *flags, **options))

    def run_remotely(self, address, script, *flags, agents=2, **options):
        return self.run_script(script, "--controller", address, "--agents", str(agents), *flags, **options)

    def start_remotely(self, address, script, *flags, agents=2, **options):
        return self._enter(harness.Started("run", "--controller", address, "--agents", str(agents), *flags,
                                           self.folder.script(script), cwd=str(self.folder.path), **options))


class Runs(Case):
    def test_as_locally(self):
        controller = self.controller()
        self.agents(controller.address, 3)
        run = self.run_remotely(controller.address, ITERATIONS, agents=3)
        self.expect_code(run, 0)
        self.expect_balanced(run, 3)
        self.assertEqual(run.count("iterations"), 300, str(run))
        self.assertEqual(run.metric("checks")["passes"], 300, str(run))
        self.expect_text(run, "agents: 3")

    def test_run_after_run(self):
        controller = self.controller()
        agents = self.agents(controller.address, 2)
        pids = [program.pid for program in agents.programs]
        for _ in range(3):
            run = self.run_remotely(controller.address, ITERATIONS)
            self.expect_code(run, 0)
            self.assertEqual(run.count("iterations"), 300, str(run))
        self.assertEqual([program.process.poll() for program in agents.programs], [None, None], pids)

    def test_an_agent_that_broke_comes_back_by_itself(self):
        controller = self.controller()
        program = self.agents(controller.address, 1).programs[0]
        for times, broken in enumerate((signal.SIGSEGV, signal.SIGABRT, signal.SIGTRAP), 2):
            started = self.start_remotely(controller.address, SLEEP % "30s", agents=1)
            started.wait_for("running (0", 20)
            program.process.send_signal(broken)
            self.expect_code(started.finish(), 111)
            program.wait_for("registered with the controller", times=times)
            self.expect_code(self.run_remotely(controller.address, ITERATIONS, agents=1), 0)
        self.assertIsNone(program.process.poll())

    def test_unix_socket(self):
        address = "unix:%s/c.sock" % self.folder.path
        self.controller(listen=address)
        self.agents(address, 1)
        self.expect_code(self.run_remotely(address, ITERATIONS, agents=1), 0)

    def test_environment_is_what_the_flags_say(self):
        controller = self.controller()
        self.agents(controller.address, 1)
        script = "export default function () { console.log(`<${__ENV.GIVEN} ${__ENV.MINE}>`); }"
        run = self.run_remotely(controller.address, script, "-e", "GIVEN=1", agents=1, env={"MINE": "2"})
        self.expect_text(run, "<1 undefined>")
        run = self.run_remotely(controller.address, script, "-e", "GIVEN=1", "--include-system-env-vars", agents=1,
                                env={"MINE": "2", "NOT_UTF8_\udcff": "\udcfe"})
        self.expect_text(run, "<1 2>")
        self.expect_code(run, 0)

    def test_files_and_opened_data_travel(self):
        controller = self.controller()
        self.agents(controller.address, 2)
        (self.folder.path / "data.txt").write_text("from the client")
        run = self.run_remotely(controller.address, """
const text = open('./data.txt');
export function setup() { return { text }; }
export default function (data) { if (data.text !== 'from the client') throw new Error(data.text); }
export function handleSummary() { return { 'made.txt': text, stdout: 'SHOWN\\n' }; }
""")
        self.expect_code(run, 0)
        self.expect_text(run, "SHOWN")
        self.assertEqual((self.folder.path / "made.txt").read_text(), "from the client")

    def test_exit_codes_and_texts(self):
        controller = self.controller()
        self.agents(controller.address, 2)
        for script, code, text in (
                ("export const options = { thresholds: { iterations: ['count>10'] } };"
                 "export default function () {}", 99, "thresholds on metrics 'iterations' have been crossed"),
                ("export function setup() { throw new Error('oops'); } export default function () {}", 107, "oops"),
                ("import exec from 'k6/execution'; export default function () { exec.test.abort('enough'); }", 108,
                 "test aborted: enough"),
                ("export const options = { thresholds: { gone: ['count>10'] } };"
                 "export default function () {}", 104, "no metric name"),
                ("export const options = { vus: -1 }; export default function () {}", 104, "number of VUs")):
            run = self.run_remotely(controller.address, script)
            self.expect_code(run, code)
            self.expect_text(run, text)

    def test_interrupt_stops_the_run_and_shows_the_summary(self):
        controller = self.controller()
        self.agents(controller.address, 2)
        started = self.start_remotely(controller.address, SLEEP % "60s")
        started.wait_for("complete and 0 interrupted")
        started.signal(signal.SIGINT)
        run = started.finish(20)
        self.expect_code(run, 105)
        self.expect_text(run, "received a 'interrupt' signal")
        self.expect_balanced(run, 2)
        self.assertGreater(run.count("iterations"), 0)

    def test_client_that_is_gone_loses_its_run(self):
        controller = self.controller()
        self.agents(controller.address, 1)
        started = self.start_remotely(controller.address, SLEEP % "60s", agents=1)
        started.wait_for("complete and 0 interrupted")
        started.signal(signal.SIGKILL)
        controller.wait_for("its run is stopped", 15)
        controller.wait_for(" has registered", 20, times=2)
        self.expect_code(self.run_remotely(controller.address, ITERATIONS, agents=1), 0)

    def test_second_client_is_told(self):
        controller = self.controller()
        self.agents(controller.address, 1)
        started = self.start_remotely(controller.address, SLEEP % "60s", agents=1)
        started.wait_for("complete and 0 interrupted")
        run = self.run_remotely(controller.address, ITERATIONS, agents=1)
        self.expect_one_error(run, 255, "busy with the run of")
        started.signal(signal.SIGTERM)
        self.expect_code(started.finish(20), 105)

    def test_a_client_may_wait(self):
        controller = self.controller()
        self.agents(controller.address, 1)
        first = self.start_remotely(controller.address, SLEEP % "60s", agents=1)
        first.wait_for("complete and 0 interrupted")
        second = self.start_remotely(controller.address, ITERATIONS, "--wait", agents=1)
        second.wait_for("waiting for it to be free")
        second.wait_for("which came ")
        first.signal(signal.SIGTERM)
        self.expect_code(first.finish(20), 105)
        self.expect_code(second.finish(60), 0)

    def test_too_few_agents(self):
        controller = self.controller()
        self.agents(controller.address, 1)
        run = self.run_remotely(controller.address, ITERATIONS, agents=3)
        self.expect_one_error(run, 111, "3 agents are wanted, but 1 is idle")
        self.assertLess(run.seconds, 15)

    def test_agents_that_come_late_are_waited_for(self):
        controller = self.controller("--wait-for-agents", "60s")
        self.agents(controller.address, 1)
        started = self.start_remotely(controller.address, ITERATIONS, agents=3)
        started.wait_for("waiting for agents: 3 wanted, 1 idle")
        self.agents(controller.address, 2)
        run = started.finish()
        self.expect_code(run, 0)
        self.expect_balanced(run, 3)

    def test_who_waits_for_agents_may_give_up(self):
        controller = self.controller("--wait-for-agents", "60s")
        started = self.start_remotely(controller.address, ITERATIONS, agents=3)
        started.wait_for("waiting for agents: 3 wanted, 0 idle")
        started.signal(signal.SIGINT)
        run = started.finish()
        self.expect_one_error(run, 105, "'interrupt' signal")
        self.assertLess(run.seconds, 30)

    def test_a_controller_may_end_when_it_has_nothing_to_do(self):
        controller = self.controller("--exit-when-idle", "3s")
        self.agents(controller.address, 2)
        run = self.run_remotely(controller.address, SLEEP % "4s")
        self.expect_code(run, 0)
        self.assertEqual(controller.finish(), 0, controller.log())
        self.assertIn("ending: nobody had a test to run for 3s", controller.log())
        for wrong in ("0s", "x", "25h"):
            refused = remote.Controller("--exit-when-idle", wrong, wait=False)
            self.assertEqual(refused.finish(), 255)
            self.assertIn("--exit-when-idle must be a duration of 1s to 24h", refused.log())

    def test_killed_agent(self):
        controller = self.controller()
        agents = self.agents(controller.address, 2)
        started = self.start_remotely(controller.address, SLEEP % "60s")
        started.wait_for("complete and 0 interrupted")
        agents[1].kill()
        run = started.finish(30)
        self.expect_code(run, 111)
        self.expect_text(run, "was lost: nothing heard of it for 5s")

    def test_killed_controller(self):
        controller = self.controller()
        agents = self.agents(controller.address, 1)
        started = self.start_remotely(controller.address, SLEEP % "60s", agents=1)
        started.wait_for("complete and 0 interrupted")
        controller.kill()
        run = started.finish(30)
        self.expect_one_error(run, 111, "the controller at %s was lost during the run" % controller.address,
                              "Connection refused")
        agents[0].wait_for("is lost", 15)
        agents[0].wait_for("cannot be reached yet, trying on: Connection refused", 15)
        self.controller(listen=controller.address)
        agents[0].wait_for("registered with the controller", 20, times=2)
        self.expect_code(self.run_remotely(controller.address, ITERATIONS, agents=1), 0)

    def test_terminated_controller_shows_the_summary(self):
        controller = self.controller()
        self.agents(controller.address, 1)
        started = self.start_remotely(controller.address, SLEEP % "60s", agents=1)
        started.wait_for("complete and 0 interrupted")
        controller.kill(signal.SIGTERM)
        run = started.finish(20)
        self.expect_code(run, 105)
        self.expect_balanced(run, 1)
        self.assertEqual(controller.finish(), 0)


class Wires(Case):
    """What the network does to bytes changes no number."""

    def expect_whole(self, run, agents, iterations=3000):
        self.expect_code(run, 0)
        self.expect_balanced(run, agents)
        self.assertEqual(run.count("iterations"), iterations, str(run))
        self.assertEqual(run.metric("checks")["passes"], iterations, str(run))
        self.assertEqual(run.metric("checks")["fails"], 0, str(run))

    SCRIPT = """
import { check, sleep } from 'k6';
export const options = { scenarios: { a: { executor: 'per-vu-iterations', vus: 10, iterations: 300,
                                           maxDuration: '5m' } } };
export default function () { check(1, { one: (x) => x === 1 }); sleep(0.05); }
"""

    # Long enough that all cuts come before its end, on a slow machine too.
    LONG_SCRIPT = SCRIPT.replace("iterations: 300", "iterations: 900")

    def test_20_ms_of_delay(self):
        controller = self.controller()
        proxy = self._enter(remote.DelayingProxy(controller.port, 0.02))
        self.agents(proxy.address, 2)
        run = self.run_remotely(proxy.address, self.SCRIPT)
        self.expect_whole(run, 2)
        self.assertLess(abs(run.export["loadctl"]["skew_ms"]), 500, str(run))

    def test_20_ms_of_delay_with_tls(self):
        tls = remote.certificates(self.folder.path / "certs")
        controller = self.controller(*tls("controller"))
        proxy = self._enter(remote.DelayingProxy(controller.port, 0.02))
        self.agents(proxy.address, 2, *tls("agent"))
        self.expect_whole(self.run_remotely(proxy.address, self.SCRIPT, *tls("client")), 2)

    def test_100_cuts(self):
        controller = self.controller()
        proxy = self._enter(remote.CuttingProxy(controller.port, 100))
        self.agents(proxy.address, 2)
        run = self.run_remotely(proxy.address, self.LONG_SCRIPT)
        print(proxy, file=sys.stderr)
        self.expect_whole(run, 2, iterations=9000)
        self.assertEqual(proxy.cuts, 100, str(proxy))

    def test_100_cuts_of_unix_sockets(self):
        path = "%s/c.sock" % self.folder.path
        self.controller(listen="unix:" + path)
        proxy = self._enter(remote.CuttingProxy(path, 100, unix_path="%s/p.sock" % self.folder.path))
        self.agents(proxy.address, 2)
        run = self.run_remotely(proxy.address, self.LONG_SCRIPT)
        print(proxy, file=sys.stderr)
        self.expect_whole(run, 2, iterations=9000)
        self.assertEqual(proxy.cuts, 100, str(proxy))


class Certificates(Case):
    def setUp(self):
        super().setUp()
        self.certs = self.folder.path / "certs"
        self.tls = remote.certificates(self.certs)

    def test_mutual_tls(self):
        controller = self.controller(*self.tls("controller"))
        self.agents(controller.address, 2, *self.tls("agent"))
        run = self.run_remotely(controller.address, ITERATIONS, *self.tls("client"))
        self.expect_code(run, 0)
        self.assertEqual(run.count("iterations"), 300, str(run))

    def test_keys_are_private_and_nothing_is_overwritten(self):
        for name in ("ca", "controller", "agent", "client"):
            self.assertEqual((self.certs / (name + ".key")).stat().st_mode & 0o777, 0o600)
        before = {path.name: path.read_bytes() for path in self.certs.iterdir()}
        with remote.Program(harness.LOADCTL, "certs", self.certs) as again:
            self.assertEqual(again.finish(), 255)
            self.assertIn("is there already", again.log())
        self.assertEqual(before, {path.name: path.read_bytes() for path in self.certs.iterdir()})

    def test_foreign_authority(self):
        foreign = self.folder.path / "foreign"
        other = remote.certificates(foreign)
        controller = self.controller(*self.tls("controller"))
        run = self.run_remotely(controller.address, ITERATIONS, *other("client"))
        self.expect_one_error(run, 255, "the controller's certificate is not accepted")
        # Trusts the controller, but is not trusted by it.
        run = self.run_remotely(controller.address, ITERATIONS, *other("client", self.certs))
        self.expect_one_error(run, 255, "does not accept this program's certificate")
        agent = self._enter(remote.Program(remote.AGENT, "--controller", controller.address, *other("agent", self.certs)))
        agent.wait_for("does not accept this program's certificate")

    def test_expired(self):
        expired = self.folder.path / "expired"
        flags = remote.certificates(expired)
        if not self.age(expired):
            self.skipTest("no faketime and no openssl to make an expired certificate")
        for command in ((harness.LOADCTL, "controller", *flags("controller", self.certs)),
                        (remote.AGENT, "--controller", "127.0.0.1:1", *flags("agent", self.certs))):
            with remote.Program(*command) as program:
                self.assertEqual(program.finish(), 255, program.log())
                self.assertIn("expired at", program.log())
        run = self.run_remotely("127.0.0.1:1", ITERATIONS, *flags("client", self.certs))
        self.expect_one_error(run, 255, "expired at")

    def age(self, folder):
        """Makes the certificates of a folder ones that expired, by the openssl program."""
        for name in ("controller", "agent", "client"):
            made = subprocess.run(
                ["openssl", "x509", "-new", "-CA", self.certs / "ca.pem", "-CAkey", self.certs / "ca.key", "-subj",
                 "/CN=old", "-force_pubkey", "/dev/stdin", "-days", "-1", "-out", folder / (name + ".pem")],
                input=subprocess.run(["openssl", "pkey", "-in", folder / (name + ".key"), "-pubout"],
                                     capture_output=True).stdout, capture_output=True)
            if made.returncode != 0:
                print(made.stderr.decode(), file=sys.stderr)
                return False
        return True

    def test_plaintext_leaves_no_machine(self):
        for command in ((harness.LOADCTL, "controller", "--listen", "0.0.0.0:0"),
                        (remote.AGENT, "--controller", "192.0.2.1:6566"),
                        (remote.AGENT, "--controller", "127.example.com:6566")):
            with remote.Program(*command) as program:
                self.assertEqual(program.finish(), 255, program.log())
                self.assertIn("plaintext is allowed on loopback and Unix sockets only", program.log())
        run = self.run_remotely("192.0.2.1:6566", ITERATIONS)
        self.expect_one_error(run, 255, "plaintext is allowed on loopback and Unix sockets only")

    def test_tls_on_one_side_only(self):
        controller = self.controller()
        run = self.run_remotely(controller.address, ITERATIONS, *self.tls("client"))
        self.expect_one_error(run, 255, "no TLS is spoken there")
        with_tls = self.controller(*self.tls("controller"))
        self.expect_one_error(self.run_remotely(with_tls.address, ITERATIONS), 255, "it wants TLS")

    def test_tls_1_2_is_refused(self):
        controller = self.controller(*self.tls("controller"))
        command = ["openssl", "s_client", "-connect", controller.address, "-cert", self.certs / "client.pem", "-key",
                   self.certs / "client.key", "-CAfile", self.certs / "ca.pem", "-alpn", "h2"]
        try:
            old = subprocess.run(command + ["-tls1_2"], input=b"", capture_output=True, timeout=20)
        except FileNotFoundError:
            self.skipTest("no openssl program")
        self.assertNotEqual(old.returncode, 0, old.stdout.decode())
        new = subprocess.run(command + ["-tls1_3"], input=b"", capture_output=True, timeout=20)
        self.assertIn(b"TLSv1.3", new.stdout)
        self.assertIn(b"Verification: OK", new.stdout)

    def test_a_key_that_others_can_read_is_warned_of(self):
        key = self.certs / "controller.key"
        with remote.Controller(*self.tls("controller")) as quiet:
            self.assertNotIn("others than its owner", quiet.log())
        key.chmod(0o644)
        with remote.Controller(*self.tls("controller")) as warned:
            self.assertIn("others than its owner can read %s" % key, warned.log())


class Versions(Case):
    """A peer of another protocol version, made by a proxy that changes the number in its hello."""

    def test_another_major_version_is_refused(self):
        controller = self.controller()
        version = harness.loadctl("version").stdout.split(" v")[1].split()[0].encode()
        hello = b"\x08%c\x1a" + bytes([len(version)]) + version
        proxy = self._enter(remote.ChangingProxy(controller.port, hello % 2, hello % 99))
        agent = self._enter(remote.Program(remote.AGENT, "--controller", proxy.address))
        self.assertEqual(agent.finish(), 1)
        self.assertIn("the agent speaks version 99 of the session protocol, the controller version 2: "
                      "install the same version of loadctl on both", agent.log())
        run = self.run_remotely(proxy.address, ITERATIONS)
        self.expect_one_error(run, 255, "the client speaks version 99 of the session protocol")


@unittest.skipUnless(remote.namespaces_work(), "network namespaces or nftables are not allowed here")
class Namespaces(Case):
    """Controller and agents on two machines, as far as their network can tell."""

    def test_one_percent_of_packets_lost(self):
        network = self._enter(remote.LossyNetwork(percent=1))
        tls = remote.certificates(self.folder.path / "certs", "--host", network.first)
        controller = self._enter(remote.Controller(*tls("controller"), listen=network.first + ":6566",
                                                   prefix=network.in_first))
        self.agents(controller.address, 2, *tls("agent"), prefix=network.in_second)
        run = self._enter(remote.Program(
            *network.in_second, harness.LOADCTL, "run", "--controller", controller.address, "--agents", "2",
            *tls("client"), "--summary-export", self.folder.path / "out.json", self.folder.script(Wires.SCRIPT)))
        self.assertEqual(run.finish(120), 0, run.log())
        out = json.loads((self.folder.path / "out.json").read_text())
        self.assertEqual(out["metrics"]["iterations"]["count"], 3000, run.log())
        self.assertTrue(out["loadctl"]["complete"], run.log())
        self.assertGreater(network.dropped(), 0)


class Addresses(Case):
    def test_port_in_use(self):
        controller = self.controller()
        with remote.Controller(listen=controller.address, wait=False) as second:
            self.assertEqual(second.finish(), 255)
            self.assertIn("cannot listen on %s: is the address in use" % controller.address, second.log())

    def test_unreachable_controller(self):
        address = "127.0.0.1:%d" % harness.free_port()
        run = self.run_remotely(address, ITERATIONS)
        self.expect_one_error(run, 255, "the controller at %s cannot be reached: Connection refused" % address)
        agent = self._enter(remote.Program(remote.AGENT, "--controller", address))
        agent.wait_for("cannot be reached yet, trying on: Connection refused")
        self.controller(listen=address)
        agent.wait_for("registered with the controller")

    def test_bad_addresses(self):
        for address in ("nowhere", "127.0.0.1:99999", ":6566", "::1:6566", "unix:"):
            with remote.Program(harness.LOADCTL, "controller", "--listen", address) as program:
                self.assertEqual(program.finish(), 255, address)
                self.assertIn("--listen: the address", program.log())

    def test_a_unix_socket_is_this_users_alone_whatever_the_umask(self):
        path = self.folder.path / "all.sock"
        self.controller(listen="unix:%s" % path, prefix=("sh", "-c", 'umask 0; exec "$@"', "sh"))
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)

    def test_agents_log_like_the_controller(self):
        controller = self.controller()
        with remote.Agents(controller.address, 1) as agents:
            self.assertRegex(agents[0].log(), r'(?m)^time="\S+" level=info msg="registered with the controller at ')
        with remote.Agents(controller.address, 1, "--log-format", "json") as agents:
            line = json.loads(agents[0].log().splitlines()[0])
            self.assertEqual(line["level"], "info")


class DaemonConfig(Case):
    def refuse(self, text, *expected):
        path = self.folder.script(text, "daemon.yaml")
        for command in ((harness.LOADCTL, "controller"), (remote.AGENT,)):
            with remote.Program(*command, "--daemon-config", path) as program:
                self.assertEqual(program.finish(), 255, program.log())
                for part in expected:
                    self.assertIn(part, program.log())

    def test_from_files(self):
        tls = "tls-cert: %(d)s/%(n)s.pem\ntls-key: %(d)s/%(n)s.key\ntls-ca: %(d)s/ca.pem\n"
        certs = self.folder.path / "certs"
        remote.certificates(certs)
        port = harness.free_port()
        server = self.folder.script("# ours\nlisten: 127.0.0.1:%d\n" % port + tls % {"d": certs, "n": "controller"}, "c.yaml")
        client = self.folder.script("controller: 127.0.0.1:%d\n" % port + tls % {"d": certs, "n": "agent"}, "a.yaml")
        controller = self._enter(remote.Program(harness.LOADCTL, "controller", "--daemon-config", server))
        controller.wait_for("127.0.0.1:%d with mutual TLS" % port)
        agent = self._enter(remote.Program(remote.AGENT, "--daemon-config", client))
        agent.wait_for("registered")

    def test_unknown_key(self):
        self.refuse("\ntls-cert: a\nlissten: 127.0.0.1:1\n", "daemon.yaml:3: unknown key \"lissten\"")

    def test_no_yaml(self):
        self.refuse("a: b\n  c: [", "daemon.yaml:2: ")

    def test_value_that_is_no_text(self):
        self.refuse("tls-cert:\n  - a\n", "daemon.yaml:2: the value of \"tls-cert\" must be plain text")

    def test_missing_file(self):
        with remote.Program(remote.AGENT, "--daemon-config", "/nonexistent.yaml") as program:
            self.assertEqual(program.finish(), 255)
            self.assertIn("cannot read the configuration file /nonexistent.yaml", program.log())


class Metrics(Case):
    def scrape(self, address):
        return urllib.request.urlopen("http://%s/metrics" % address, timeout=5).read().decode()

    def test_of_the_running_test(self):
        address = "127.0.0.1:%d" % harness.free_port()
        controller = self.controller("--metrics-address", address)
        self.agents(controller.address, 2)
        self.assertIn("loadctl_agents_idle 2", self.scrape(address))
        started = self.start_remotely(controller.address, SLEEP % "6s")
        harness.wait_until(lambda: "loadctl_iterations_total" in self.scrape(address), 20, "the first totals")
        text = self.scrape(address)
        self.assertIn("loadctl_run_active 1", text)
        self.assertIn("loadctl_agents_working 2", text)
        self.assertIn("loadctl_iteration_duration_seconds{quantile=\"0.95\"}", text)
        harness.wait_until(lambda: self.scrape(address).count("loadctl_agent_heap_bytes{") == 2, 20, "both agents' health")
        self.assertIn('loadctl_agent_cpu_ratio{agent="1",name="', self.scrape(address))
        run = started.finish()
        self.expect_code(run, 0)
        text = self.scrape(address)
        self.assertIn("loadctl_run_active 0", text)
        self.assertIn("loadctl_iterations_total %d" % run.count("iterations"), text)

    def test_bounds_of_what_peers_take_up(self):
        address = "127.0.0.1:%d" % harness.free_port()
        controller = self.controller("--metrics-address", address, "--max-agents-of-host", "1", "--max-agent-queue", "1MiB")
        self.agents(controller.address, 1)
        text = self.scrape(address)
        self.assertIn('loadctl_limit{limit="max-agents-of-host"} 1\n', text)
        self.assertIn('loadctl_limit{limit="max-agent-queue"} 1048576\n', text)
        self.assertIn('loadctl_limit{limit="ready-patience"} 300\n', text)
        self.assertIn('loadctl_limit_reached_total{limit="max-agents-of-host"} 0\n', text)
        with remote.Program(remote.AGENT, "--controller", controller.address) as second:
            second.wait_for("enough agents of this host")
        text = self.scrape(address)
        self.assertIn('loadctl_limit_reached_total{limit="max-agents-of-host"} 1\n', text)
        harness.wait_until(lambda: 'loadctl_limit_used{limit="max-agents"} 1\n' in self.scrape(address), 10, "agents")

    def test_under_tls(self):
        certs = self.folder.path / "certs"
        remote.certificates(certs)
        address = "127.0.0.1:%d" % harness.free_port()
        self.controller("--metrics-address", address, "--metrics-tls", "on", *remote.tls_flags(certs, "controller"))
        with self.assertRaises(OSError):
            self.scrape(address)
        context = ssl.create_default_context(cafile=certs / "ca.pem")
        self.assertEqual(context.minimum_version, ssl.TLSVersion.TLSv1_2)
        with urllib.request.urlopen("https://%s/metrics" % address, timeout=5, context=context) as answer:
            self.assertIn(b"loadctl_agents_idle 0", answer.read())
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        with self.assertRaises(OSError):
            urllib.request.urlopen("https://%s/metrics" % address, timeout=5, context=context)

    def test_address_in_use(self):
        controller = self.controller()
        with remote.Controller("--metrics-address", controller.address, wait=False) as second:
            self.assertEqual(second.finish(), 255)
            self.assertIn("cannot serve metrics on", second.log())


if __name__ == "__main__":
    unittest.main()
