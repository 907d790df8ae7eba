"""`loadctl debug` with a debugger's client, and `--cpu-profile`: both speak of the author's own lines."""

import json
import re
import signal
import unittest

import devtools
import harness
import remote

SCRIPT = """import http from 'k6/http';
import { total, Order } from './lib';

export const options = { vus: 5, duration: '10m', thresholds: { http_reqs: ['count==1'] } };

export function setup(): Order {
  debugger;
  return { price: 2, count: 21 };
}

export default function (order: Order): void {
  const sum: number = total(order);
  const answer = http.get(__ENV.TARGET + '/');
  console.log('status ' + answer.status + ', sum ' + sum);
}
"""
LIB = """export interface Order {
  price: number;
  count: number;
}

export function total(order: Order): number {
  const product = order.price * order.count;
  return product;
}
"""


class Debugging(harness.Case):
    def debug(self, script, *flags, **options):
        options.setdefault("cwd", str(self.folder.path))
        return self._enter(harness.Started("debug", "--inspect", "127.0.0.1:0", *flags, script, **options))

    def url(self, started):
        started.wait_for("waits for a debugger at ", 60)
        return re.search(r"waits for a debugger at (ws://\S+?):? ", started.text()).group(1)

    def port(self, started):
        return int(re.search(r":(\d+)/", self.url(started)).group(1))

    def client(self, started):
        client = self._enter(devtools.Client(self.url(started)))
        client.call("Runtime.enable")
        client.call("Debugger.enable")
        return client

    def test_breakpoints_in_the_authors_typescript(self):
        target = self._enter(harness.Nginx())
        self.folder.script(LIB, "lib.ts")
        script = self.folder.script(SCRIPT, "test.ts")
        started = self.debug(script, "-e", "TARGET=" + target.url)
        client = self.client(started)
        client.call("Runtime.runIfWaitingForDebugger")
        # At the first line of the script, before that of what it imports has run in this VU.
        client.event("Debugger.paused")
        lib = client.event("Debugger.scriptParsed", url="file://%s/lib.ts" % self.folder.path)
        main = client.event("Debugger.scriptParsed", url="file://" + script)
        lib_map, main_map = devtools.SourceMap(lib["sourceMapURL"]), devtools.SourceMap(main["sourceMapURL"])
        self.assertEqual(lib_map.json["sourcesContent"], [LIB])
        line, column = lib_map.compiled(8)
        place = client.call("Debugger.setBreakpointByUrl", url=lib["url"], lineNumber=line, columnNumber=column)
        self.assertEqual(len(place["locations"]), 1, place)
        client.call("Debugger.resume")
        # setup() has a `debugger` statement: a VU of its own, in the same isolate.
        paused = client.event("Debugger.paused")
        self.assertEqual(paused["callFrames"][0]["functionName"], "setup")
        client.call("Debugger.resume")
        paused = client.event("Debugger.paused")
        self.assertIn(place["breakpointId"], paused["hitBreakpoints"])
        frames = paused["callFrames"]
        self.assertEqual([frame["functionName"] for frame in frames[:2]], ["total", "default"])
        at = frames[0]["location"]
        self.assertEqual(lib_map.author(at["lineNumber"], at["columnNumber"]), 8)
        at = frames[1]["location"]
        self.assertEqual(main_map.author(at["lineNumber"], at["columnNumber"]), 12)
        value = client.call("Debugger.evaluateOnCallFrame", callFrameId=frames[0]["callFrameId"],
                            expression="product + order.count")["result"]
        self.assertEqual(value["value"], 63)
        # What is asked for at a pause may itself wait: the VU's fiber does.
        answer = client.call("Debugger.evaluateOnCallFrame", callFrameId=frames[1]["callFrameId"],
                             expression="http.get(__ENV.TARGET + '/').status")["result"]
        client.call("Debugger.stepOut")
        paused = client.event("Debugger.paused")
        self.assertEqual(paused["callFrames"][0]["functionName"], "default")
        client.call("Debugger.resume")
        client.until_closed()
        run = started.finish()
        self.assertIn("status 200, sum 42", run.stderr, run)
        # Each exchange is shown.
        self.assertIn("GET / HTTP/1.1", run.stderr, run)
        self.assertIn("HTTP/1.1 200 OK", run.stderr, run)
        self.assertIn("hello", run.stderr, run)
        requests = target.requests()
        self.assertEqual(requests, 2 if "value" in answer else 1)
        self.expect_code(run, 0 if requests == 1 else 99)

    def test_without_a_break_at_the_start(self):
        script = self.folder.script("export default function () { console.log('first'); debugger; console.log('second'); }")
        started = self.debug(script, "--no-break")
        client = self.client(started)
        client.call("Runtime.runIfWaitingForDebugger")
        paused = client.event("Debugger.paused")
        self.assertEqual(paused["callFrames"][0]["functionName"], "default")
        self.assertNotIn("second", started.text())
        client.call("Debugger.resume")
        client.until_closed()
        self.expect_code(started.finish(), 0)

    def test_a_waiting_script_answers(self):
        script = self.folder.script("globalThis.go = false; export default async function () {\n"
                                    "  while (!go) await new Promise((then) => setTimeout(then, 20000)); }")
        started = self.debug(script, "--no-break")
        client = self.client(started)
        client.call("Runtime.runIfWaitingForDebugger")
        # While it waits for its timer: the answer does not. Before that the init code has to run.
        harness.wait_until(
            lambda: client.call("Runtime.evaluate", expression="typeof go")["result"]["value"] == "boolean",
            what="the script's variable")
        started.signal(signal.SIGINT)
        client.until_closed()
        self.expect_code(started.finish(), 105)

    def test_lists_as_editors_want_them(self):
        started = self.debug(self.folder.script("export default function () {}"))
        port, url = self.port(started), self.url(started)
        status, text = devtools.get(port, "/json/list")
        self.assertEqual(status, 200)
        (target,) = json.loads(text)
        self.assertEqual((target["type"], target["webSocketDebuggerUrl"]), ("node", url))
        self.assertTrue(target["url"].startswith("file:///"), target)
        self.assertIn("loadctl/", json.loads(devtools.get(port, "/json/version")[1])["Browser"])
        self.assertEqual(devtools.get(port, "/other")[0], 404)
        # A page of another site, which had its name resolved to this machine.
        self.assertEqual(devtools.get(port, "/json", Host="evil.example:%d" % port)[0], 403)
        with self.assertRaises(devtools.Refused):
            devtools.Client("ws://127.0.0.1:%d/guessed" % port)
        client = self.client(started)
        with self.assertRaises(devtools.Refused) as refused:
            devtools.Client(url)
        self.assertIn("503", str(refused.exception))
        client.call("Runtime.runIfWaitingForDebugger")
        client.event("Debugger.paused")
        client.call("Debugger.resume")
        client.until_closed()
        self.expect_code(started.finish(), 0)

    def test_a_client_that_goes_lets_the_script_go_on(self):
        started = self.debug(self.folder.script("export default function () { console.log('goes on'); }"))
        client = self.client(started)
        client.call("Runtime.runIfWaitingForDebugger")
        client.event("Debugger.paused")
        client.__exit__()
        run = started.finish()
        self.expect_code(run, 0)
        self.expect_text(run, "goes on")

    def test_what_is_no_protocol_harms_nobody(self):
        started = self.debug(self.folder.script("export default function () {}"))
        client = self.client(started)
        for garbage in ("", "{", "[]", "null", '{"id":"x"}', '{"id":901}', '{"id":902,"method":"No.such"}', "\x00\xff",
                        '{"id":903,"method":"Debugger.setBreakpointByUrl","params":{"lineNumber":-5}}', "[" * 100000):
            client.send(garbage)
        client.call("Runtime.runIfWaitingForDebugger")
        client.event("Debugger.paused")
        client.call("Debugger.resume")
        client.until_closed()
        self.expect_code(started.finish(), 0)

    def test_an_interrupt_ends_a_script_that_waits_for_a_client(self):
        started = self.debug(self.folder.script("export default function () {}"))
        self.url(started)
        started.signal(signal.SIGINT)
        self.expect_code(started.finish(), 105)

    def test_an_interrupt_ends_a_script_that_is_paused(self):
        started = self.debug(self.folder.script("export default function () {}"))
        client = self.client(started)
        client.call("Runtime.runIfWaitingForDebugger")
        client.event("Debugger.paused")
        started.signal(signal.SIGINT)
        client.until_closed()
        self.expect_code(started.finish(), 105)

    def test_one_scenario_of_several(self):
        script = self.folder.script("""
export const options = { scenarios: {
  b: { executor: 'constant-vus', vus: 9, duration: '1h', exec: 'other', env: { WHO: 'b' } },
  a: { executor: 'constant-arrival-rate', rate: 5, duration: '1h', preAllocatedVUs: 5, exec: 'one', startTime: '1h' } } };
export function one() { console.log('one ' + __ENV.WHO); }
export function other() { console.log('other ' + __ENV.WHO); }
""")
        for flags, wanted in (((), "one undefined"), (("--scenario", "b"), "other b")):
            started = self.debug(script, "--no-break", *flags)
            client = self.client(started)
            client.call("Runtime.runIfWaitingForDebugger")
            client.until_closed()
            run = started.finish()
            self.expect_code(run, 0)
            self.expect_text(run, wanted)

    def test_bad_flags(self):
        script = self.folder.script("export default function () {}")

        def refused(code, text, *flags):
            run = harness.loadctl("debug", *flags, script, cwd=self.folder.path)
            self.expect_one_error(run, code, text)

        refused(104, "an address of this machine alone", "--inspect", "0.0.0.0:0")
        refused(104, "it is host:port", "--inspect", "9229")
        refused(104, "no port", "--inspect", "127.0.0.1:99999")
        refused(104, "no IP address", "--inspect", "example.com:1")
        refused(104, 'no such scenario, but default', "--scenario", "none")
        refused(255, "unknown flag: --agents", "--agents", "2")
        taken = harness.free_port()
        import socket
        with socket.create_server(("127.0.0.1", taken)):
            refused(255, "cannot listen for a debugger at 127.0.0.1:%d" % taken, "--inspect", "127.0.0.1:%d" % taken)


BURNING = """import { sleep } from 'k6';
export const options = { vus: %d, duration: '2s' };

type Numbers = number[];

function burn(numbers: Numbers): number {
  let sum = 0;
  for (let i = 0; i < 300000; i++) {
    sum += Math.sqrt(i) * numbers[i & 7];
  }
  return sum;
}

export default function (): void {
  burn([1, 2, 3, 4, 5, 6, 7, 8]);
  sleep(0.01);
}
"""


class Profiling(harness.Case):
    def check(self, path, script):
        profile = json.loads(path.read_text())
        nodes = {node["id"]: node for node in profile["nodes"]}
        self.assertEqual(len(profile["samples"]), len(profile["timeDeltas"]))
        self.assertTrue(set(profile["samples"]) <= set(nodes))
        self.assertTrue(all(delta >= 0 for delta in profile["timeDeltas"]))
        children = [child for node in nodes.values() for child in node.get("children", [])]
        self.assertEqual(sorted(children + [min(nodes)]), sorted(nodes), "a tree")
        names = {node["callFrame"]["functionName"] for node in nodes.values()}
        self.assertIn("(idle)", names)
        burning = [node for node in nodes.values() if node["callFrame"]["functionName"] == "burn"]
        self.assertTrue(burning, names)
        frame = burning[0]["callFrame"]
        self.assertEqual((frame["url"], frame["lineNumber"]), ("file://" + script, 5))
        hits = sum(node["hitCount"] for node in burning)
        others = sum(node["hitCount"] for node in nodes.values()
                     if node["callFrame"]["url"] == "file://" + script) - hits
        self.assertGreater(hits, 10)
        self.assertGreater(hits, others)
        ticks = {}
        for node in burning:
            for tick in node.get("positionTicks", []):
                ticks[tick["line"]] = ticks.get(tick["line"], 0) + tick["ticks"]
        # The loop and its body, of the author's file.
        self.assertTrue(set(ticks) <= set(range(6, 13)), ticks)
        self.assertGreater(ticks.get(8, 0) + ticks.get(9, 0), hits // 2, ticks)

    def test_here(self):
        path = self.folder.path / "run.cpuprofile"
        for vus in (1, 40):
            script = self.folder.script(BURNING % vus, "burning.ts")
            run = harness.loadctl("run", "-q", "--agents", "2" if vus > 1 else "1", "--cpu-profile", path, script,
                                  cwd=self.folder.path)
            self.expect_code(run, 0)
            self.check(path, script)

    def test_on_a_controller(self):
        controller = self._enter(remote.Controller())
        self._enter(remote.Agents(controller.address, 1))
        path = self.folder.path / "run.cpuprofile"
        script = self.folder.script(BURNING % 2, "burning.ts")
        run = harness.loadctl("run", "-q", "--controller", controller.address, "--cpu-profile", path, script,
                              cwd=self.folder.path)
        self.expect_code(run, 0)
        self.check(path, script)

    def test_a_file_that_cannot_be_written_is_found_before_the_load(self):
        script = self.folder.script("export default function () {}")
        run = harness.loadctl("run", "-q", "--cpu-profile", "/nowhere/x.cpuprofile", script, cwd=self.folder.path)
        self.expect_one_error(run, 255, "failed to save the CPU profile", "/nowhere/x.cpuprofile")

    def test_a_run_that_is_aborted_has_its_profile(self):
        path = self.folder.path / "run.cpuprofile"
        script = self.folder.script("import exec from 'k6/execution';\nexport const options = { vus: 2, duration: '1m' };\n"
                                    "export default function () { for (let i = 0; i < 3e7; i++); exec.test.abort('enough'); }")
        run = harness.loadctl("run", "-q", "--cpu-profile", path, script, cwd=self.folder.path)
        self.expect_code(run, 108)
        self.assertIn("nodes", json.loads(path.read_text()))


if __name__ == "__main__":
    unittest.main()
