#!/usr/bin/env python3
"""Honest faults: whoever takes part in a test is killed, frozen, cut off, slowed down, or has another clock, in each
phase and with each executor. Whatever happens, the verdict must be right: a test that says it is whole has every count
that its targets have, and one that is not whole says so; nothing hangs or crashes, and the controller serves the next.

    scripts/dev faults [--only WORD]... [--jobs N] [--list]

Prints a line for each fault and a table at the end; exits 1 if anything was wrong. Needs root (network and time
namespaces); some 8 minutes with 4 at a time.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

import harness  # noqa: E402
import network  # noqa: E402
import remote  # noqa: E402

AGENTS = 2
SECONDS = 4  # of each scenario
# What each executor is to do; the number of iterations where the plan says one, dropped ones included.
EXECUTORS = {
    "constant-vus": (dict(vus=4, duration="4s"), None),
    "ramping-vus": (dict(startVUs=2, stages=[dict(duration="2s", target=6), dict(duration="2s", target=2)]), None),
    "shared-iterations": (dict(vus=4, iterations=80, maxDuration="60s"), 80),
    "per-vu-iterations": (dict(vus=4, iterations=20, maxDuration="60s"), 80),
    "constant-arrival-rate": (dict(rate=20, duration="4s", preAllocatedVUs=4, maxVUs=20), 80),
    "ramping-arrival-rate": (dict(startRate=10, stages=[dict(duration="4s", target=30)], preAllocatedVUs=4, maxVUs=20), 80),
    "externally-controlled": (dict(vus=4, maxVUs=4, duration="4s"), None),
}
PHASES = ("init", "setup", "run", "teardown", "summary")
# The faults, and whether the test is to live through them.
HEALS, BREAKS, STOPS, ENDS = "heals", "breaks", "stops", "ends"
BOTH = {
    "agent-killed": BREAKS,
    "agent-frozen-2s": HEALS,
    "agent-frozen-8s": BREAKS,
    "client-killed": ENDS,
    "client-frozen-3s": HEALS,
    "client-terminated": STOPS,
}
REMOTE = {
    **BOTH,
    "controller-killed": BREAKS,
    "controller-frozen-2s": HEALS,
    "controller-frozen-15s": BREAKS,
    "agent-cut-off-2s": HEALS,
    "agent-cut-off-9s": BREAKS,
    "agent-slow": HEALS,
    "agent-lossy": HEALS,
}
# The agents' clocks: other instants of the steady clock than the controller's, in a time namespace.
CLOCKS = {"clock-a-day-ahead": 86400, "clock-ten-years-ahead": 10 * 365 * 86400}

SCRIPT = """
import http from 'k6/http';
import { sleep } from 'k6';
import exec from 'k6/execution';
export const options = { scenarios: { s: %(scenario)s }, summaryTrendStats: ['count'] };
if (__VU === 1) { const end = Date.now() + 500; while (Date.now() < end) {} }
export function setup() { console.log('MARK setup'); sleep(2); }
export default function () {
  if (exec.scenario.iterationInTest === 0) console.log('MARK run');
  http.get('http://127.0.0.1:%(port)d/');
  sleep(0.15);
}
export function teardown() { console.log('MARK teardown'); sleep(2); }
"""
SUMMARY = """
export function handleSummary(data) {
  console.log('MARK summary');
  const end = Date.now() + 700; while (Date.now() < end) {}
  return {};
}
"""

Cell = collections.namedtuple("Cell", "place executor phase fault")


def cells():
    for place, faults in (("remote", REMOTE), ("local", BOTH)):
        for executor in EXECUTORS:
            for fault in faults:
                yield Cell(place, executor, "run", fault)
        for phase in PHASES:
            for fault in faults:
                if phase != "run":
                    yield Cell(place, "constant-vus", phase, fault)
    for executor in EXECUTORS:
        for fault in CLOCKS:
            yield Cell("remote", executor, "run", fault)


class Wrong(Exception):
    """What a fault showed; `kind` is a column of the table."""

    def __init__(self, kind, text):
        super().__init__(text)
        self.kind = kind


def count_of(path):
    text = path.read_text() if path.exists() else ""
    return int(text or 0)


class Trial:
    """One fault."""

    def __init__(self, cell):
        self.cell = cell
        self.held = tempfile.TemporaryDirectory(prefix="loadctl-fault-")
        self.path = pathlib.Path(self.held.name)
        self.ended = []       # to be closed, the last first
        self.struck = set()   # pids that were killed on purpose
        self.agents, self.controller, self.client, self.net = [], None, None, None
        self.log = []

    def close(self):
        for one in reversed(self.ended):
            try:
                one()
            except Exception:
                pass
        self.held.cleanup()

    # ---- who takes part

    def start(self, name, *command, prefix=()):
        log = open(self.path / (name + ".log"), "wb")
        process = subprocess.Popen([*prefix, *map(str, command)], stdin=subprocess.DEVNULL, stdout=log,
                                   stderr=subprocess.STDOUT, env=harness.clean_environment(
                                       {"XDG_RUNTIME_DIR": str(self.path)}), cwd=self.path, start_new_session=True)

        def end():
            for pid in [process.pid, *harness.children_of(process.pid)]:
                try:
                    os.kill(pid, signal.SIGCONT)
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            process.wait(10)
            log.close()
        self.ended.append(end)
        return process

    def text(self, name):
        path = self.path / (name + ".log")
        return path.read_text(errors="replace") if path.exists() else ""

    def await_text(self, name, text, process, seconds=30, times=1):
        end = time.monotonic() + seconds
        while self.text(name).count(text) < times:
            if process.poll() is not None:
                raise Wrong("crashes", "%s ended (%s) before %r:\n%s" % (name, process.returncode, text,
                                                                       self.text(name)[-2000:]))
            if time.monotonic() > end:
                raise Wrong("hangs", "no %r of %s:\n%s" % (text, name, self.text(name)[-2000:]))
            time.sleep(0.02)

    def start_targets(self):
        """One at the loopback of each agent: on a port that all of them have."""
        port = 0
        for number in range(1, AGENTS + 1 if self.net else 2):
            name = "target%d" % number
            process = self.start(name, sys.executable, ROOT / "tests" / "faults" / "target.py",
                                 self.path / ("count%d" % number), str(18080 if self.net else 0),
                                 prefix=self.net.inside(number) if self.net else ())
            self.await_text(name, "\n", process)
            port = int(self.text(name))
        return port

    def start_remote(self):
        self.net = network.Network(AGENTS)
        self.net.__enter__()
        self.ended.append(self.net.__exit__)
        certs = self.path / "certs"
        remote.certificates(certs, "--host", network.Network.HUB)
        self.address = network.Network.HUB + ":6566"
        self.tls = {name: remote.tls_flags(certs, name) for name in ("controller", "agent", "client")}
        self.start_controller()
        for number in range(1, AGENTS + 1):
            self.start_agent(number)
        for number in range(AGENTS):
            self.await_text("agent%d" % (number + 1), "registered with", self.agents[number])

    def start_controller(self):
        self.controller = self.start("controller", harness.LOADCTL, "controller", "--listen", self.address,
                                     *self.tls["controller"], prefix=self.net.inside(0))
        self.await_text("controller", "serving agents", self.controller)

    def start_agent(self, number):
        ahead = CLOCKS.get(self.cell.fault)
        prefix = self.net.inside(number)
        if ahead and number == 2:
            prefix = [*prefix, "unshare", "--time", "--fork", "--kill-child", "--monotonic", str(ahead), "--"]
        self.agents.append(self.start("agent%d" % number, remote.AGENT, "--controller", self.address,
                                      *self.tls["agent"], prefix=prefix))

    def start_client(self, name, script, *flags):
        where = ["--controller", self.address, *self.tls["client"]] if self.net else []
        return self.start(name, harness.LOADCTL, "run", "--no-color", "-q", "--agents", AGENTS,
                          "--summary-export", self.path / (name + ".json"),
                          "--verdict-file", self.path / (name + ".verdict"), *where, *flags, script,
                          prefix=self.net.inside(0) if self.net else ())

    def write_script(self):
        port = self.start_targets()
        scenario, _ = EXECUTORS[self.cell.executor]
        path = self.path / "script.js"
        path.write_text(SCRIPT % dict(scenario=json.dumps(dict(executor=self.cell.executor, **scenario)), port=port) +
                        (SUMMARY if self.cell.phase == "summary" else ""))
        return path

    # ---- the fault

    def await_phase(self):
        phase = self.cell.phase
        if phase == "init":
            if self.controller:
                self.await_text("controller", " begins", self.controller)
                time.sleep(0.2)
            else:
                harness.wait_until(self.local_agents, 20, "agents")
                time.sleep(0.3)
            return
        self.await_text("client", "MARK " + phase, self.client)
        time.sleep(1 if phase == "run" else 0.3)

    def local_agents(self):
        found = [pid for pid in harness.children_of(self.client.pid)
                 if b"loadctl-agent" in pathlib.Path("/proc/%d/cmdline" % pid).read_bytes()]
        return found if len(found) == AGENTS else []

    def victim(self, who):
        """Pids of the process, and of what runs it in another namespace."""
        if who == "agent":
            if not self.net:
                return self.local_agents()[-1:]  # none: the test has just ended
            process = self.agents[-1]
        else:
            process = self.controller if who == "controller" else self.client
        # `ip netns exec` becomes the program.
        return [process.pid]

    def strike(self):
        fault = self.cell.fault
        if fault in CLOCKS:
            return
        who, _, what = fault.partition("-")
        if what.startswith("cut-off"):
            return self.for_seconds(what, lambda: self.net.cut(2), lambda: self.net.heal(2))
        if what == "slow":
            return self.net.slow(2, 20)
        if what == "lossy":
            return self.net.lose(2, 15)
        pids = self.victim(who)
        if what == "killed":
            self.struck.update(pids)
            return self.send(pids, signal.SIGKILL)
        if what == "terminated":
            return self.send(pids, signal.SIGTERM)
        self.for_seconds(what, lambda: self.send(pids, signal.SIGSTOP), lambda: self.send(pids, signal.SIGCONT))

    @staticmethod
    def send(pids, number):
        for pid in pids:
            os.kill(pid, number)

    @staticmethod
    def for_seconds(what, begin, end):
        begin()
        time.sleep(int(what.rsplit("-", 1)[1].rstrip("s")))
        try:
            end()
        except ProcessLookupError:
            pass  # the test has ended meanwhile

    # ---- the verdict

    def targets_count(self):
        return sum(count_of(self.path / ("count%d" % number)) for number in range(1, AGENTS + 1))

    def check_counts(self, name, code, counted):
        """Of a test that says that it is whole, or that it was stopped in order."""
        export = self.path / (name + ".json")
        if not export.exists():
            raise Wrong("wrong verdicts", "exit %d without a summary" % code)
        metrics = json.loads(export.read_text())["metrics"]
        requests = int(metrics.get("http_reqs", {}).get("count", 0))
        iterations = int(metrics.get("iterations", {}).get("count", 0))
        dropped = int(metrics.get("dropped_iterations", {}).get("count", 0))
        if code == 105:
            # Requests that were under way when it was stopped reached the target and were not measured.
            if not requests <= counted <= requests + 30 or iterations > requests:
                raise Wrong("lost or doubled", "%d requests, %d at the targets, %d iterations" % (
                    requests, counted, iterations))
            return
        # As in k6, its end cuts iterations, and a request that is under way then reaches the target unmeasured.
        cut = EXECUTORS[self.cell.executor][0]["vus"] if self.cell.executor == "externally-controlled" else 0
        if not requests <= counted <= requests + cut:
            raise Wrong("lost or doubled", "%d requests, and %d at the targets" % (requests, counted))
        planned = EXECUTORS[self.cell.executor][1]
        if planned is not None and iterations + dropped != planned:
            raise Wrong("lost or doubled", "%d + %d iterations of %d" % (iterations, dropped, planned))
        if planned is None and not 0 < iterations <= requests:
            raise Wrong("lost or doubled", "%d iterations, %d requests" % (iterations, requests))

    def check_incomplete(self, name, counted):
        export = self.path / (name + ".json")
        if "INCOMPLETE" not in self.text(name) and export.exists():
            raise Wrong("wrong verdicts", "111, and the summary does not say so:\n" + self.text(name)[-1500:])
        if not export.exists():
            return
        requests = int(json.loads(export.read_text())["metrics"].get("http_reqs", {}).get("count", 0))
        if requests > counted:
            raise Wrong("lost or doubled", "%d requests, and %d at the targets" % (requests, counted))

    def judge(self):
        expects = HEALS if self.cell.fault in CLOCKS else REMOTE[self.cell.fault]
        try:
            code = self.client.wait(75)
        except subprocess.TimeoutExpired:
            raise Wrong("hangs", "the client:\n" + self.text("client")[-2000:])
        if expects == ENDS:
            return self.log.append("its client is gone")
        counted = self.targets_count()
        if code < 0 or code in (70, 134, 139):
            raise Wrong("crashes", "the client ended with %d:\n%s" % (code, self.text("client")[-2000:]))
        allowed = {HEALS: (0,), BREAKS: (111,), STOPS: (105,)}[expects]
        # What strikes when all is delivered may change nothing.
        if expects == BREAKS and self.cell.phase in ("teardown", "summary"):
            allowed = (0, 111)
        # Who has not yet registered has 20 s for that.
        if expects == BREAKS and self.cell.phase == "init" and self.cell.place == "local":
            allowed = (0, 111)
        if expects == STOPS and self.cell.phase == "summary":
            allowed = (0, 105)
        if code not in allowed:
            raise Wrong("wrong verdicts", "exit %d, not %s:\n%s" % (code, allowed, self.text("client")[-2500:]))
        if code in (0, 105) and not (code == 105 and self.cell.phase in ("init", "setup")):
            self.check_counts("client", code, counted)
        if code == 111:
            self.check_incomplete("client", counted)
        self.log.append("exit %d, %d requests" % (code, counted))

    def check_others(self):
        """Who was not struck lives; the next test is whole."""
        if not self.net:
            left = [pid for pid in self.struck if harness.is_alive(pid)]
            if left:
                raise Wrong("hangs", "processes %s are left" % left)
            return
        if self.cell.fault in ("agent-slow", "agent-lossy"):
            self.net.heal(2)
        for process, start in ((self.controller, self.start_controller),):
            if process.pid in self.struck:
                process.wait(10)
                start()
            elif process.poll() is not None:
                raise Wrong("crashes", "the controller ended with %d:\n%s" % (
                    process.returncode, self.text("controller")[-2000:]))
        for number, process in enumerate(list(self.agents), 1):
            if process.pid in self.struck:
                process.wait(10)
                self.agents.remove(process)
                self.start_agent(number)
            elif process.poll() is not None:
                raise Wrong("crashes", "agent %d ended with %d:\n%s" % (
                    number, process.returncode, self.text("agent%d" % number)[-2000:]))
        script = self.path / "next.js"
        script.write_text("export const options = { vus: 2, iterations: 10 };\nexport default function () {}\n")
        end = time.monotonic() + 45
        while True:
            name = "next%d" % int(time.monotonic() * 1000)
            after = self.start_client(name, script, "--wait")
            try:
                code = after.wait(40)
            except subprocess.TimeoutExpired:
                raise Wrong("hangs", "the next client:\n" + self.text(name) + self.text("controller")[-1500:])
            if code == 0:
                return
            # Agents that were cut off come back within seconds.
            if time.monotonic() > end:
                raise Wrong("hangs", "the next test ends with %d:\n%s" % (code, self.text(name)))
            time.sleep(0.5)

    def run(self):
        if self.cell.place == "remote":
            self.start_remote()
        self.client = self.start_client("client", self.write_script())
        self.await_phase()
        self.strike()
        self.judge()
        self.check_others()
        return "; ".join(self.log)


def attempt(cell):
    trial = Trial(cell)
    began = time.monotonic()
    try:
        return cell, None, trial.run(), time.monotonic() - began
    except Wrong as wrong:
        return cell, wrong.kind, str(wrong), time.monotonic() - began
    except Exception:
        return cell, "not tried", traceback.format_exc(), time.monotonic() - began
    finally:
        trial.close()


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--jobs", type=int, default=4)
    parser.add_argument("--list", action="store_true")
    asked = parser.parse_args()
    chosen = [cell for cell in cells() if all(word in "/".join(cell) for word in asked.only)]
    if asked.list:
        for cell in chosen:
            print("/".join(cell))
        return 0
    if any(cell.place == "remote" for cell in chosen) and not network.works():
        print("no network namespaces here: run as root, with ip and nft", file=sys.stderr)
        return 2
    table, details, lock = collections.defaultdict(collections.Counter), [], threading.Lock()
    columns = ("wrong verdicts", "lost or doubled", "hangs", "crashes", "not tried")
    with concurrent.futures.ThreadPoolExecutor(max(1, min(asked.jobs, 8))) as pool:
        for future in concurrent.futures.as_completed([pool.submit(attempt, cell) for cell in chosen]):
            cell, kind, text, seconds = future.result()
            with lock:
                row = table[cell.place, cell.fault]
                row["tried"] += 1
                row["survived" if kind is None else kind] += 1
                print("%-7s %-60s %5.1f s  %s" % ("ok" if kind is None else "WRONG", "/".join(cell), seconds,
                                                  text.splitlines()[0] if text else ""), flush=True)
                if kind is not None:
                    details.append("== %s: %s\n%s\n" % ("/".join(cell), kind, text))
    print("\n" + "\n".join(details))
    head = ("tried", "survived", *columns)
    print("%-34s" % "" + "".join("%17s" % name for name in head))
    total = collections.Counter()
    for (place, fault), row in sorted(table.items()):
        total.update(row)
        print("%-34s" % (place + " " + fault) + "".join("%17d" % row[name] for name in head))
    print("%-34s" % "all" + "".join("%17d" % total[name] for name in head))
    return 0 if total["tried"] == total["survived"] else 1


if __name__ == "__main__":
    sys.exit(main())
