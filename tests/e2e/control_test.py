"""Runs that are paused, scaled, asked and stopped while they go on: by commands, and by k6's REST API."""

import http.client
import json
import signal
import socket
import sys
import time
import unittest

import harness
import remote

COUNTED = """
import { sleep } from 'k6';
export const options = { scenarios: { a: %s } };
export default function () { %s }
"""


class Case(harness.Case):
    """Tests whose runs listen in a folder of their own."""

    def setUp(self):
        super().setUp()
        self.runtime = self._enter(harness.Folder()).path
        self.env = {"XDG_RUNTIME_DIR": str(self.runtime)}

    def start(self, script, *flags, env=None, name="script.js"):
        return self._enter(harness.Started("run", *flags, self.folder.script(script, name), cwd=str(self.folder.path),
                                           env=dict(self.env, **(env or {}))))

    def command(self, *arguments, code=0):
        """What a command prints for programs, as {name: text}; the run itself where it fails."""
        run = harness.loadctl(*arguments, "--json", env=self.env, cwd=str(self.folder.path))
        self.assertEqual(run.code, code, str(run))
        if code != 0:
            return run
        said = json.loads(run.stdout.splitlines()[0])
        return {name: value if isinstance(value, str) else json.dumps(value) for name, value in said.items()}

    def shown(self, *arguments):
        """What a command prints for people."""
        run = harness.loadctl(*arguments, env=self.env, cwd=str(self.folder.path))
        self.assertEqual(run.code, 0, str(run))
        return run.stdout

    def status(self):
        return self.command("status")

    def wait_for_status(self, **wanted):
        wanted = {name.replace("_", "-"): value for name, value in wanted.items()}

        def as_wanted():
            found = self.status()
            return all(found[name] == value for name, value in wanted.items()) and found
        return harness.wait_until(as_wanted, 20, "the status %s" % wanted)

    def wait_for_run(self):
        """Until the iterations have begun."""
        harness.wait_until(lambda: list((self.runtime / "loadctl").glob("*.sock")), 30, "the run's socket")
        harness.wait_until(lambda: ask(sockets(self.runtime)[0], "GET", "/v1/status")[0] == 200, 30, "an answer")
        return self.wait_for_status(status="running", running="true")


    def hold(self, script, *flags, **options):
        """A run that waits before its setup(), with its VUs made: so that no test races with it."""
        started = self.start(script, "--paused", *flags, **options)
        self.wait_for_hold()
        return started

    def wait_for_hold(self):
        harness.wait_until(lambda: (self.runtime / "loadctl").exists() and sockets(self.runtime), 30, "the socket")
        # Until a controller has claimed its agents, nobody can tell.
        harness.wait_until(lambda: ask(sockets(self.runtime)[0], "GET", "/v1/status")[0] == 200, 30, "an answer")
        self.wait_for_status(status="paused before the start", paused="true")

    def patch(self, **attributes):
        """PATCH /v1/status without the time that a command takes to start; the new status."""
        body = json.dumps({"data": {"attributes": attributes}}).encode()
        code, _, answer = ask(sockets(self.runtime)[0], "PATCH", "/v1/status", body)
        self.assertEqual(code, 200, answer)
        return json.loads(answer)["data"]["attributes"]


def sockets(folder):
    return sorted((folder / "loadctl").glob("*.sock"))


class Pauses(Case):
    def pause_in_the_middle(self, options, *flags, stands=4.0, body=""):
        """Runs for half a second, stands still for `stands`, and goes on."""
        started = self.hold(COUNTED % (options, body), *flags)
        self.patch(paused=False)
        time.sleep(0.5)
        self.assertEqual(self.patch(paused=True)["paused"], True)
        began = time.monotonic()
        first = self.iterations()
        self.assertGreater(first, 0)
        self.assertEqual(self.iterations(), first, "iterations start while the test is paused")
        self.assertEqual(self.status()["paused"], "true")
        time.sleep(max(0, stands - (time.monotonic() - began)))
        self.assertEqual(self.command("resume")["paused"], "false")
        run = started.finish()
        self.expect_code(run, 0)
        self.expect_text(run, "paused (")
        return run

    def iterations(self):
        """Iterations that have ended, a delta and a half later."""
        time.sleep(1.5)
        answer = ask(sockets(self.runtime)[0], "GET", "/v1/metrics/iterations")[2]
        return json.loads(answer)["data"]["attributes"]["sample"]["count"]

    def test_constant_arrival_rate_is_exact(self):
        for agents in (1, 3):
            with self.subTest(agents=agents):
                run = self.pause_in_the_middle(
                    "{ executor: 'constant-arrival-rate', rate: 50, duration: '4s', preAllocatedVUs: 6 }",
                    "--agents", agents)
                self.expect_balanced(run, agents)
                self.assertEqual(run.count("iterations"), 200, str(run))
                # Over the 4 s of the test, not over the 8 s with the pause (25).
                self.assertGreater(run.metric("iterations")["rate"], 30, str(run))

    def test_constant_vus_last_for_their_duration_and_the_pause(self):
        run = self.pause_in_the_middle("{ executor: 'constant-vus', vus: 4, duration: '3s' }", "--agents", 2,
                                       body="sleep(0.05);")
        self.expect_balanced(run, 2)
        self.assertGreater(run.seconds, 7, str(run))
        # Each VU may end one more while the test stands still, and one after the end.
        self.assertLessEqual(run.count("iterations"), 4 * (3 / 0.05 + 2), str(run))

    def test_ramping_vus(self):
        run = self.pause_in_the_middle(
            "{ executor: 'ramping-vus', startVUs: 2, stages: [{ duration: '2s', target: 6 }, { duration: '1s', target: 0 }] }",
            "--agents", 3, body="sleep(0.05);")
        self.expect_balanced(run, 3)
        self.assertGreater(run.seconds, 7, str(run))
        self.assertLessEqual(run.metric("vus")["max"], 6, str(run))

    def test_ramping_arrival_rate_is_exact(self):
        plain = "{ executor: 'ramping-arrival-rate', startRate: 10, preAllocatedVUs: 4, " \
                "stages: [{ duration: '3s', target: 60 }] }"
        unpaused = self.run_script(COUNTED % (plain, ""), env=self.env)
        run = self.pause_in_the_middle(plain, "--agents", 3)
        self.expect_balanced(run, 3)
        self.assertEqual(run.count("iterations"), unpaused.count("iterations"), str(run))

    def test_shared_iterations_are_all_there(self):
        run = self.pause_in_the_middle("{ executor: 'shared-iterations', vus: 3, iterations: 30, maxDuration: '6s' }",
                                       "--agents", 3, stands=6, body="sleep(0.15);")
        self.assertGreater(run.seconds, 6.5, str(run))
        self.assertEqual(run.count("iterations"), 30, str(run))
        self.assertNotIn("dropped_iterations", run.export["metrics"])

    def test_a_later_scenario_waits_too(self):
        started = self.hold("""
import { sleep } from 'k6';
export const options = { scenarios: {
  a: { executor: 'constant-vus', vus: 1, duration: '2s', exec: 'spin' },
  b: { executor: 'per-vu-iterations', vus: 2, iterations: 1, startTime: '2s', exec: 'late' } } };
export function spin() { sleep(0.01); }
export function late() { console.log('it is late'); }
""")
        self.patch(paused=False)
        time.sleep(0.5)
        self.patch(paused=True)
        time.sleep(3)
        self.assertNotIn("it is late", started.text())
        self.patch(paused=False)
        run = started.finish()
        self.expect_code(run, 0)
        self.assertEqual(run.stderr.count("it is late"), 2, str(run))
        self.assertGreater(run.seconds, 5, str(run))

    def test_pausing_twice_is_pausing_once(self):
        started = self.hold(COUNTED % (
            "{ executor: 'constant-arrival-rate', rate: 20, duration: '4s', preAllocatedVUs: 2 }", ""), "--agents", 2)
        self.patch(paused=False)
        for _ in range(3):
            for paused in (True, True, False, False):
                self.assertEqual(self.patch(paused=paused)["paused"], paused)
        run = started.finish()
        self.expect_code(run, 0)
        self.expect_balanced(run, 2)
        self.assertEqual(run.count("iterations"), 80, str(run))

    def test_a_paused_test_can_be_stopped(self):
        started = self.start(COUNTED % ("{ executor: 'constant-vus', vus: 2, duration: '60s' }",
                                        "sleep(0.05);"), "--agents", 2)
        self.wait_for_run()
        self.command("pause")
        self.wait_for_status(vus="0")
        started.signal(signal.SIGINT)
        run = started.finish(30)
        self.expect_code(run, 105)
        self.expect_balanced(run, 2)


class Held(Case):
    SCRIPT = """
export const options = { iterations: 3, vus: 1 };
export function setup() { console.log('setting up'); return { from: 'setup' }; }
export default function (data) { console.log('with ' + JSON.stringify(data)); }
export function teardown(data) { console.log('down with ' + JSON.stringify(data)); }
"""

    def test_waits_before_setup_with_its_vus_made(self):
        for flags, env in ((["--paused"], {}), ([], {"K6_PAUSED": "true"})):
            with self.subTest(flags=flags):
                started = self.start(self.SCRIPT, *flags, env=env)
                self.wait_for_hold()
                time.sleep(1.2)
                self.assertNotIn("setting up", started.text())
                self.assertIn("paused", started.text())
                self.assertEqual(self.status()["vus-max"], "1")
                refused = self.command("pause", code=255)
                self.expect_text(refused, "Pause error: execution is already paused")
                self.command("resume")
                run = started.finish()
                self.expect_code(run, 0)
                self.assertEqual(run.count("iterations"), 3)

    def test_script_option(self):
        started = self.start(self.SCRIPT.replace("vus: 1", "vus: 1, paused: true"), "--agents", 3)
        self.wait_for_hold()
        self.command("resume")
        self.expect_code(started.finish(), 0)

    def test_stopped(self):
        started = self.hold(self.SCRIPT)
        self.assertEqual(self.command("stop")["stopped"], "true")
        run = started.finish()
        self.expect_code(run, 103)
        self.assertNotIn("setting up", run.stderr)
        self.assertNotIn("down with", run.stderr)

    def test_setup_data_by_hand(self):
        started = self.hold(self.SCRIPT, "--no-setup")
        path = sockets(self.runtime)[0]
        self.assertEqual(ask(path, "GET", "/v1/setup")[2],
                         b'{"data":{"type":"setupData","id":"default","attributes":{}}}')
        code, headers, body = ask(path, "POST", "/v1/setup")
        self.assertEqual((code, headers["Content-Type"]), (200, "application/json"))
        self.assertEqual(json.loads(body)["data"]["attributes"], {"data": {"from": "setup"}})
        self.assertEqual(ask(path, "PUT", "/v1/setup", b"not json")[0], 400)
        code, _, body = ask(path, "PUT", "/v1/setup", b'{"by":"hand"}')
        self.assertEqual((code, json.loads(body)["data"]["attributes"]), (200, {"data": {"by": "hand"}}))
        self.assertEqual(ask(path, "POST", "/v1/teardown")[::2], (200, b""))
        self.command("resume")
        run = started.finish()
        self.expect_code(run, 0)
        said = run.stderr.replace("\\", "")
        self.assertEqual(said.count('with {"by":"hand"}') - said.count('down with {"by":"hand"}'), 3, str(run))
        self.assertEqual(said.count('down with {"by":"hand"}'), 2, str(run))

    def test_setup_that_throws_by_hand(self):
        started = self.hold("export function setup() { throw new Error('no good'); } export default function () {}",
                            "--no-setup")
        code, _, body = ask(sockets(self.runtime)[0], "POST", "/v1/setup")
        self.assertEqual(code, 500)
        self.assertEqual(json.loads(body)["errors"][0]["title"], "Error executing setup")
        self.assertIn("no good", json.loads(body)["errors"][0]["detail"])
        self.command("resume")
        self.expect_code(started.finish(), 0)


class Linger(Case):
    def test_waits_for_ctrl_c_then_judges(self):
        started = self.start("""
export const options = { iterations: 2, thresholds: { iterations: ['count>100'] } };
export default function () {}
""", "--linger")
        started.wait_for("The test is done, but --linger was enabled, so loadctl is waiting for Ctrl+C to continue...")
        found = self.status()
        self.assertEqual((found["status"], found["running"], found["stopped"]), ("ended", "false", "false"))
        self.assertNotIn("THRESHOLDS", started.text())
        stats = json.loads(ask(sockets(self.runtime)[0], "GET", "/v1/metrics/iterations")[2])["data"]["attributes"]
        self.assertEqual((stats["sample"]["count"], stats["tainted"]), (2, True))
        started.signal(signal.SIGINT)
        run = started.finish()
        self.expect_code(run, 99)
        self.expect_text(run, "count=2")

    def test_ends_by_the_command_too(self):
        started = self.start("export default function () {}", env={"K6_LINGER": "true"})
        started.wait_for("waiting for Ctrl+C")
        self.command("stop")
        self.expect_code(started.finish(), 0)

    def test_not_after_an_interrupt(self):
        started = self.start("import { sleep } from 'k6'; export const options = { duration: '60s', vus: 1 };"
                             "export default function () { sleep(1); }", "--linger")
        self.wait_for_run()
        started.signal(signal.SIGINT)
        run = started.finish(30)
        self.expect_code(run, 105)
        self.assertNotIn("waiting for Ctrl+C", run.stdout)


class Scale(Case):
    SCRIPT = """
import { sleep } from 'k6';
export const options = { scenarios: { a: { executor: 'externally-controlled', vus: 3, maxVUs: %d, duration: '%s' } } };
export default function () { sleep(%s); }
"""

    def test_up_and_down_over_all_agents(self):
        for agents in (1, 3):
            with self.subTest(agents=agents):
                started = self.start(self.SCRIPT % (9, "60s", "0.05"), "--agents", agents)
                self.wait_for_run()
                self.wait_for_status(vus="3", vus_max="9")
                # It prints what has become true.
                self.assertEqual(self.command("scale", "--vus", 8)["vus"], "8")
                self.assertEqual(self.command("scale", "-u", "1")["vus"], "1")
                self.assertRegex(self.shown("scale", "-u=2"), r"^2 VUs at work, of at most 9\n$")
                said = self.command("scale", "-u=5", "-m", "12")
                self.assertEqual((said["vus"], said["vus-max"]), ("5", "12"))
                self.assertEqual(self.command("scale", "--vus", 12)["vus"], "12")
                self.command("pause")
                self.wait_for_status(vus="0", paused="true")
                self.command("scale", "--vus", 4)
                self.command("resume")
                self.wait_for_status(vus="4", paused="false")
                self.assertEqual(self.command("stop")["stopped"], "true")
                run = started.finish()
                self.expect_code(run, 103)
                self.expect_text(run, "test run stopped by `loadctl stop` or from the REST API")
                self.expect_balanced(run, agents)
                self.assertEqual(run.metric("vus_max")["max"], 12)

    def test_surplus_is_cut_at_once(self):
        started = self.start(self.SCRIPT % (4, "60s", "60"), "--agents", 2)
        self.wait_for_run()
        self.wait_for_status(vus="3")
        began = time.monotonic()
        self.command("scale", "--vus", 1)
        self.assertLess(time.monotonic() - began, 20)
        self.wait_for_status(vus="1")
        self.command("stop")
        run = started.finish()
        self.expect_code(run, 103)
        self.expect_balanced(run, 2)
        self.assertEqual(sum(entry["interrupted"] for entry in run.export["loadctl"]["ledger"]), 3, str(run))

    def test_before_the_start(self):
        started = self.hold(self.SCRIPT % (6, "60s", "0.05"), "--agents", 2)
        self.assertEqual(self.shown("scale", "--vus", 6), "the test is paused: resumed, it goes on with what was asked for\n")
        self.command("resume")
        self.wait_for_status(vus="6")
        self.command("stop")
        self.expect_code(started.finish(), 103)

    def test_what_cannot_be(self):
        started = self.start(self.SCRIPT % (4, "60s", "0.05"))
        self.wait_for_run()
        for flags, text in (
                (["--vus", "-1"], "Config update error: invalid configuration supplied: the number of VUs can't be negative"),
                (["--vus", "5"], "Config update error: invalid configuration supplied: the number of active VUs (5) can't be more than the number of max VUs (4)"),
                (["--vus", "1", "--max", "3"], "cannot be lower than the starting number of max VUs (4)"),
                (["--vus", "x"], "invalid argument"),
                ([], "Specify either -u/--vus or -m/--max")):
            with self.subTest(flags=flags):
                self.expect_text(self.command("scale", *flags, code=255), text)
        self.command("stop")
        self.expect_code(started.finish(), 103)

    def test_without_such_a_scenario(self):
        started = self.start(COUNTED % ("{ executor: 'constant-vus', vus: 1, duration: '60s' }", "sleep(0.05);"))
        self.wait_for_run()
        self.expect_text(self.command("scale", "--vus", "2", code=255), "Execution config error: an "
                         "externally-controlled executor needs to be configured for live configuration updates")
        self.command("stop")
        self.expect_code(started.finish(), 103)

    def test_more_agents_than_vus_grow(self):
        started = self.start(self.SCRIPT.replace("vus: 3", "vus: 1") % (2, "60s", "0.05"), "--agents", 3)
        self.wait_for_run()
        self.command("scale", "-u", 7, "-m", "8")
        self.wait_for_status(vus="7", **{"vus-max": "8"})
        self.command("stop")
        run = started.finish()
        self.expect_code(run, 103)
        self.expect_balanced(run, 3)


def ask(where, method, path, body=None, headers=None):
    """(status, headers, body) from a socket's path or a (host, port)."""
    if isinstance(where, tuple):
        connection = http.client.HTTPConnection(*where, timeout=20)
    else:
        connection = http.client.HTTPConnection("localhost", timeout=20)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(20)
        connection.sock.connect(str(where))
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


class Api(Case):
    SCRIPT = """
import { check, group, sleep } from 'k6';
export const options = { vus: 2, duration: '60s',
  thresholds: { iterations: ['count>100000'], 'group_duration{group:::g}': ['p(95)<10000'] } };
export function setup() { return { a: 1 }; }
export default function () { group('g', () => check(1, { c: (x) => x === 1, '"quoted"': () => false })); sleep(0.05); }
"""

    def setUp(self):
        super().setUp()
        self.port = harness.free_port()
        self.address = "127.0.0.1:%d" % self.port
        self.started = self.start(self.SCRIPT, "--address", self.address, "--agents", 2)
        self.wait_for_run()
        time.sleep(3)  # deltas, and a judgement

    def get(self, path):
        code, headers, body = ask(("127.0.0.1", self.port), "GET", path)
        return code, headers.get("Content-Type"), json.loads(body) if body[:1] == b"{" else body

    def end(self):
        self.command("stop")
        self.expect_code(self.started.finish(), 103)

    def test_reads(self):
        code, kind, body = self.get("/v1/status")
        self.assertEqual((code, kind), (200, "application/json; charset=utf-8"))
        self.assertEqual(body, {"data": {"type": "status", "id": "default", "attributes": {
            "status": 7, "paused": False, "vus": 2, "vus-max": 2, "stopped": False, "running": True, "tainted": True}}})
        code, kind, body = self.get("/v1/metrics")
        self.assertEqual((code, kind), (200, "text/plain; charset=utf-8"))
        metrics = {one["id"]: one["attributes"] for one in body["data"]}
        self.assertEqual(metrics["iterations"]["tainted"], True)
        self.assertEqual(sorted(metrics["iterations"]["sample"]), ["count", "rate"])
        self.assertEqual(metrics["vus"], {"type": "gauge", "contains": "default", "tainted": None, "sample": {"value": 2}})
        self.assertEqual(metrics["checks"]["sample"], {"rate": 0.5})
        self.assertEqual(sorted(metrics["iteration_duration"]["sample"]), ["avg", "max", "med", "min", "p(90)", "p(95)"])
        self.assertIn("group_duration{group:::g}", metrics)
        code, _, body = self.get("/v1/metrics/group_duration%7Bgroup:::g%7D")
        self.assertEqual((code, body["data"]["id"], body["data"]["attributes"]["contains"]),
                         (200, "group_duration{group:::g}", "time"))
        self.assertEqual(self.get("/v1/metrics/nope")[::2], (404, {"errors": [
            {"status": "404", "title": "Not Found", "detail": "No metric with that ID was found"}]}))
        code, _, body = self.get("/v1/groups")
        root, group = body["data"]
        self.assertEqual(root["attributes"], {"path": "", "name": "", "checks": None})
        self.assertEqual(root["relationships"]["groups"]["data"], [{"type": "groups", "id": group["id"]}])
        self.assertEqual(group["relationships"]["parent"]["data"], {"type": "groups", "id": root["id"]})
        self.assertEqual([(check["name"], check["path"]) for check in group["attributes"]["checks"]],
                         [("c", "::g::c"), ('"quoted"', '::g::"quoted"')])
        self.assertEqual(self.get("/v1/groups/" + group["id"])[2]["data"]["attributes"]["name"], "g")
        self.assertEqual(self.get("/v1/setup")[2]["data"]["attributes"], {"data": {"a": 1}})
        self.assertEqual(self.get("/ping")[::2], (200, b"ok"))
        self.assertEqual(self.get("/nowhere")[::2], (200, b"ok"))
        self.assertEqual(self.get("/v1/nowhere")[::2], (404, b"404 page not found\n"))
        stats = self.command("stats", "--address", self.address)
        self.assertEqual(set(stats), {"name", "type", "contains", "tainted", "sample"})
        table = self.shown("stats", "--address", self.address)
        self.assertRegex(table, r"(?m)^METRIC +TYPE +VALUE")
        self.assertRegex(table, r"(?m)^http_req_duration +trend +avg=\S+ .*p\(95\)=\S+" if "http_req_duration" in table
                         else r"(?m)^iterations +counter +\S+ \S+/s")
        self.end()

    def test_garbage(self):
        where = ("127.0.0.1", self.port)
        for body in (b"", b"x", b"[]", b"3", b'{"data":7}', b'{"data":{"attributes":[]}}', b"[" * 5000,
                     b'{"data":{"attributes":{"paused":"yes"}}}', b'{"data":{"attributes":{"vus":1.5}}}',
                     b'{"data":{"attributes":{"vus":99999999999999999999}}}', b'\xff\xfe{"data":{}}'):
            code, _, answer = ask(where, "PATCH", "/v1/status", body)
            self.assertEqual((code, json.loads(answer)["errors"][0]["title"]), (400, "Invalid data"), body)
        self.assertEqual(ask(where, "PATCH", "/v1/status", b'{"data":{"attributes":{"unheard":1}}}')[0], 200)
        self.assertEqual(ask(where, "PUT", "/v1/setup", b"1" * (5 << 20))[0], 413)
        self.assertEqual(ask(where, "GET", "/v1/metrics/%zz")[0], 400)
        for method, path in (("DELETE", "/v1/status"), ("POST", "/v1/metrics"), ("GET", "/v1/teardown"), ("PATCH", "/v1/setup")):
            self.assertEqual(ask(where, method, path)[::2], (405, b""), path)
        for raw in (b"\0\1\2\3\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\nA: " + b"x" * 100000, b"GET / HTTP/9.9\r\n\r\n",
                    b"POST /v1/setup HTTP/1.1\r\nContent-Length: -1\r\n\r\n"):
            with socket.create_connection(where, 20) as connection:
                connection.sendall(raw)
                connection.shutdown(socket.SHUT_WR)
                self.assertLess(len(connection.recv(1 << 20)), 1000, raw[:40])
        self.assertEqual(self.get("/v1/status")[0], 200)
        self.end()

    def test_idle_connections_do_not_shut_others_out(self):
        held = [socket.create_connection(("127.0.0.1", self.port), 20) for _ in range(80)]
        try:
            self.assertEqual(self.get("/v1/status")[0], 200)  # once the idle ones are over their time
        finally:
            for connection in held:
                connection.close()
        self.end()

    def test_taken_port_106_at_once_on_a_controller_too(self):
        controller = self._enter(remote.Controller(prefix=("env", "XDG_RUNTIME_DIR=%s" % self.runtime)))
        self._enter(remote.Agents(controller.address, 1, prefix=("env", "XDG_RUNTIME_DIR=%s" % self.runtime)))
        script = self.folder.script("export default function () {}", "other.js")
        run = harness.loadctl("run", "--controller", controller.address, "--address", self.address, script, env=self.env)
        self.expect_one_error(run, 106, "listen tcp")
        self.expect_code(harness.loadctl("run", "--controller", controller.address, script, env=self.env), 0)
        self.end()

    def test_taken_port_106(self):
        for flags, env, code in ((["--address", self.address], {}, 106), ([], {"K6_ADDRESS": self.address}, 0)):
            run = harness.loadctl("run", *flags, self.folder.script("export default function () {}", "other.js"),
                                  env=dict(self.env, **env))
            self.expect_code(run, code)
            self.expect_text(run, "Error from API server")
            self.expect_text(run, "listen tcp %s: bind: Address already in use" % self.address)
        self.end()


class OnAController(Case):
    """The same over the stream of `loadctl run --controller`."""

    def setUp(self):
        super().setUp()
        self.controller = self._enter(remote.Controller(prefix=("env", "XDG_RUNTIME_DIR=%s" % self.runtime)))
        self._enter(remote.Agents(self.controller.address, 2, prefix=("env", "XDG_RUNTIME_DIR=%s" % self.runtime)))
        self.flags = ["--controller", self.controller.address, "--agents", "2"]

    def test_pause_and_resume(self):
        started = self.hold(COUNTED % (
            "{ executor: 'constant-arrival-rate', rate: 50, duration: '3s', preAllocatedVUs: 6 }", ""), *self.flags)
        self.patch(paused=False)
        time.sleep(0.5)
        self.assertEqual(self.patch(paused=True)["paused"], True)
        time.sleep(3)
        self.assertEqual(self.command("resume")["paused"], "false")
        run = started.finish()
        self.expect_code(run, 0)
        self.expect_balanced(run, 2)
        self.assertEqual(run.count("iterations"), 150, str(run))
        self.assertGreater(run.seconds, 6)
        self.expect_text(run, "paused (")

    def test_held_scaled_and_stopped(self):
        started = self.hold(Scale.SCRIPT % (6, "60s", "0.05"), *self.flags)
        self.command("resume")
        self.wait_for_status(vus="3")
        self.command("scale", "--vus", 5)
        self.wait_for_status(vus="5")
        self.expect_text(self.command("scale", "--vus", 7, code=255), "Config update error")
        self.command("stop")
        run = started.finish()
        self.expect_code(run, 103)
        self.expect_text(run, "test run stopped by `loadctl stop` or from the REST API")

    def test_its_agents(self):
        def listed():
            return [json.loads(line) for line in self.shown("agents", "--controller", self.controller.address, "--json").splitlines()]
        self.controller.wait_for_agents(2)
        agents = listed()
        self.assertEqual([(one["state"], one["address"], one["certificate_ends_unix_s"]) for one in agents],
                         [("idle", "127.0.0.1", None)] * 2)
        self.assertEqual([list(one) for one in agents], [["name", "state", "address", "version", "workers", "clock_ahead_ms",
                                                          "round_trip_ms", "certificate_ends_unix_s"]] * 2)
        started = self.hold("export default function () {}", "--controller", self.controller.address, "--agents", "1")
        self.assertEqual(sorted(one["state"] for one in listed()), ["idle", "working"])
        table = self.shown("agents", "--controller", self.controller.address).splitlines()
        self.assertEqual(table[0].split(), "AGENT STATE FROM WORKERS CLOCK ROUND TRIP CERTIFICATE ENDS VERSION".split())
        self.assertEqual(len(table), 3)
        self.patch(paused=False)
        self.expect_code(started.finish(), 0)
        for flags, text in ((["--address", "localhost:1"], "--controller is for the agents of a controller"),
                            (["--tls-ca", "/nonexistent"], "--tls-cert is missing")):
            self.expect_text(self.command("agents", "--controller", self.controller.address, *flags, code=255), text)

    def test_linger(self):
        started = self.start("export default function () {}", "--linger", *self.flags)
        started.wait_for("waiting for Ctrl+C to continue")
        self.assertEqual(self.status()["status"], "ended")
        started.signal(signal.SIGINT)
        self.expect_code(started.finish(), 0)



if __name__ == "__main__":
    sys.exit(unittest.main())
