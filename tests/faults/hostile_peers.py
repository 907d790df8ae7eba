#!/usr/bin/env python3
"""The suite of hostile peers by itself: agents, clients, controllers, targets and browsers that lie, dawdle, flood or are not
who they say, one after the other, on the programs of a release build. CI runs the same files.

    scripts/dev hostile

Prints how many cases each file has and what they took; exits 1 if a case fails, or if there are fewer than the suite is to
have.
"""

import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILES = {
    "hostile_agent_test": "agents that lie to a controller",
    "hostile_client_test": "clients, connections, tokens, certificates",
    "hostile_controller_test": "controllers and agents that write on the client's machine",
    "hostile_to_agent_test": "controllers that lie to an agent",
    "hostile_target_test": "targets that break HTTP",
    "hostile_memory_test": "messages that never come whole",
    "control_guard_test": "pages of other sites, strangers at the REST API",
}
LEAST_CASES, LONGEST = 120, 180


def run(name):
    """(cases, seconds, what it printed if a case failed)"""
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-B", str(ROOT / "tests" / "e2e" / (name + ".py"))], cwd=ROOT, text=True,
                          env={**os.environ, "PYTHONPATH": str(ROOT / "tests" / "support")},
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    cases = re.search(r"^Ran (\d+) tests? in", done.stdout, re.M)
    return int(cases.group(1)) if cases else 0, time.monotonic() - began, done.stdout if done.returncode else ""


def main():
    all_cases, all_seconds, failures = 0, 0, 0
    for name, what in FILES.items():
        cases, seconds, failed = run(name)
        all_cases, all_seconds, failures = all_cases + cases, all_seconds + seconds, failures + bool(failed)
        print("%5d cases  %6.1f s  %-24s %s%s" % (cases, seconds, name, what, ": FAILED" if failed else ""), flush=True)
        if failed:
            print(failed)
    print("%5d cases  %6.1f s  in all; at least %d cases in at most %d s" % (all_cases, all_seconds, LEAST_CASES, LONGEST))
    return int(failures > 0 or all_cases < LEAST_CASES)


if __name__ == "__main__":
    sys.exit(main())
