#!/usr/bin/env python3
"""Leaks: one controller and agents that stay, and quick runs one after the other. Descriptors and threads must be as many
after the last run as after the warm-up, and memory no more than 2 MB above.

    scripts/dev leaks [--runs 1000] [--agents 2] [--warm-up 100]

Prints a line for each tenth of the runs; exits 1 if something grew. An agent is a new program after each run, under the
same process id, so it is the controller that is held to its figures; agents are shown beside it. Some 10 minutes.
"""

import argparse
import os
import pathlib
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

import harness  # noqa: E402
import remote  # noqa: E402

SCRIPT = "export const options = { vus: 2, iterations: 4 };\nexport default function () {}\n"
MOST_MEMORY = 2 << 20
# gRPC ends threads that it no longer needs some time after.
MORE_THREADS, SETTLES = 2, 60


def state(pid):
    """Descriptors, threads, and bytes of memory that are the process's own."""
    proc = pathlib.Path("/proc/%d" % pid)
    status = dict(line.split(":", 1) for line in (proc / "status").read_text().splitlines())
    return (len(os.listdir(proc / "fd")), int(status["Threads"]), int(status["RssAnon"].split()[0]) << 10)


def show(label, states):
    print("%-12s" % label + "".join("  %4d files %3d threads %7.2f MB" % (files, threads, memory / 1e6)
                                    for files, threads, memory in states), flush=True)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--agents", type=int, default=2)
    parser.add_argument("--warm-up", type=int, default=100)
    asked = parser.parse_args()
    with harness.Folder() as folder, remote.Controller(
            "--audit-log", folder.path / "audit", "--metrics-address", "127.0.0.1:0",
            "--wait-for-agents", "20s") as controller, remote.Agents(controller.address, asked.agents) as agents:
        script = folder.script(SCRIPT)
        pids = [controller.pid] + [program.pid for program in agents.programs]
        print("%-12s" % "after run" + "  controller" + " " * 22 + "agents")
        before, began = None, time.monotonic()
        for number in range(1, asked.runs + 1):
            run = harness.loadctl("run", "-q", "--controller", controller.address, "--agents", str(asked.agents), script)
            if run.code != 0 or run.count("iterations") != 4:
                print("run %d: %s" % (number, run), file=sys.stderr)
                return 1
            if number == asked.warm_up:
                before = state(controller.pid)
            if number == asked.warm_up or number % max(1, asked.runs // 10) == 0:
                show(number, map(state, pids))
        end = time.monotonic() + SETTLES
        while True:
            now = state(controller.pid)
            more = [after - first for after, first in zip(now, before or now)]
            grew = more[0] > 0 or more[1] > MORE_THREADS or more[2] > MOST_MEMORY
            if not grew or time.monotonic() > end:
                break
            time.sleep(1)
        show("settled", map(state, pids))
        print("%d runs in %.0f s; after the warm-up of %d the controller has %+d descriptors, %+d threads, %+.2f MB: %s" % (
            asked.runs, time.monotonic() - began, asked.warm_up, *more[:2], more[2] / 1e6, "it grew" if grew else "flat"))
        return int(grew)


if __name__ == "__main__":
    sys.exit(main())
