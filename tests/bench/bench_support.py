"""What the benches share: a quiet nginx on a core of its own, and running a program for its CPU time."""

import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tests" / "support"))
import harness  # noqa: E402  (found by the line above)

LOADCTL = os.environ.get("LOADCTL") or str(ROOT / "build" / "release" / "bin" / "loadctl")
SCRIPT = """
import http from 'k6/http';
import { check } from 'k6';
export default function () {
  const response = http.get('%s/');
  check(response, { ok: (r) => r.status === 200 });
  response.json();
}
"""


class Target(harness.Nginx):
    """nginx that logs nothing and takes many connections, on the last core. `fresh`: no two heads of its are alike.
    /files/body has 100,000 bytes."""

    def __init__(self, realtime, listen="", fresh=False):
        super().__init__(listen)
        self._realtime = realtime
        self._fresh = fresh

    def __enter__(self):
        super().__enter__()
        (self.folder / "files").mkdir()
        (self.folder / "files" / "body").write_text("0123456789" * 10_000)
        os.sched_setaffinity(self._process.pid, {os.cpu_count() - 1})
        if self._realtime:
            os.sched_setscheduler(self._process.pid, os.SCHED_RR, os.sched_param(10))
        return self

    def _config(self):
        text = super()._config().replace("worker_connections 4096", "worker_connections 30000")
        text = re.sub(r"access_log [^;]*;", "access_log off;", text)
        if self._fresh:
            text = text.replace("location / {", "location / { add_header X-Request $request_id;")
        return "worker_rlimit_nofile 60000;\n" + text.replace("keepalive_requests 1000000", "keepalive_requests 1000000000")


def k6():
    """The path of k6, or None."""
    given = os.environ.get("K6") or shutil.which("k6") or str(ROOT / ".cache" / "k6")
    return given if os.access(given, os.X_OK) else None


def prefix(cores, realtime):
    """Words before a command that confine it to the first `cores` cores."""
    words = ["taskset", "-c", "0" if cores == 1 else "0-%d" % (cores - 1)]
    return (["chrt", "-r", "10"] if realtime else []) + words


def environment():
    """Without what would change a run."""
    return {key: value for key, value in os.environ.items() if not key.startswith("K6_") or key == "K6"}


def cpu_of(command):
    """Runs it: (its output, CPU seconds of user and of system, children included)."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done.stdout, after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime
