"""What the tests of tests/e2e share: a target that counts, a run of loadctl, clean-up by process id.

Standard library only. Everything stays on 127.0.0.1 and in a temporary folder. The programs are $LOADCTL and the
loadctl-agent beside it, or those of build/release.

    with harness.Folder() as folder, harness.Nginx() as target:
        run = harness.loadctl("run", folder.script("export default function () {}"), cwd=folder.path)
        assert run.code == 0, run
"""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import certificates

ROOT = pathlib.Path(__file__).resolve().parents[2]
LOADCTL = os.environ.get("LOADCTL") or str(ROOT / "build" / "release" / "bin" / "loadctl")
# Long enough for a loaded machine with two cores; a test that needs it has failed anyway.
TIMEOUT_SECONDS = 90


def popen(command, **settings):
    """A child that gets SIGKILL when this program ends, however it ends. Call from the main thread. setpriv sets that and
    becomes the command: Python code between fork and exec would need fork(), where gRPC's handlers wait or abort."""
    return subprocess.Popen(["/usr/bin/setpriv", "--pdeathsig", "KILL", "--", *map(str, command)], **settings)


def free_port():
    """A port of 127.0.0.1 that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition, seconds=10, what="the condition"):
    """The first true value of condition(); fails after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("%s did not come true within %g s" % (what, seconds))
        time.sleep(0.02)


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


class Folder:
    """A temporary folder for a test's scripts and outputs."""

    def __enter__(self):
        self._held = tempfile.TemporaryDirectory(prefix="loadctl-test-")
        self.path = pathlib.Path(self._held.name)
        return self

    def __exit__(self, *_):
        self._held.cleanup()

    def script(self, text, name="script.js"):
        """Writes a file; returns its path as a string."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return str(path)


class Nginx:
    """nginx on a free port of 127.0.0.1. Every path answers with a small JSON document; /missing
    with 404, /files/NAME with a file. Each request is one line of the access log.
    `listen` is what follows the port: "ssl" and "ssl http2" speak TLS, with a certificate of its own
    (cert.pem, key.pem); `more` are directives of the server. `setup` gets the folder before nginx starts.
    `unix`: it also listens at nginx.sock in its folder."""

    def __init__(self, listen="", more="", setup=None, unix=False):
        self.listen, self.more, self.setup, self.unix = listen, more, setup, unix

    BODY = '{"hello":"world","items":[1,2,3]}'

    def __enter__(self):
        program = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
        if not program:
            raise AssertionError("no nginx: run scripts/install")
        self._folder = tempfile.TemporaryDirectory(prefix="loadctl-nginx-")
        self.folder = pathlib.Path(self._folder.name)
        # nginx's workers belong to another user where the test runs as root.
        self.folder.chmod(0o755)
        if self.listen:
            certificates.own(self.folder)
        if self.setup:
            self.setup(self.folder)
        for _ in range(5):
            self.port = free_port()
            (self.folder / "nginx.conf").write_text(self._config())
            self._process = popen(
                [program, "-e", str(self.folder / "error.log"), "-c", str(self.folder / "nginx.conf")],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            wait_until(lambda: accepts(self.port) or self._process.poll() is not None, what="nginx's start")
            if self._process.poll() is None:
                self.url = "%s://127.0.0.1:%d" % ("https" if self.listen else "http", self.port)
                return self
        raise AssertionError("nginx did not start: " + (self.folder / "error.log").read_text())

    def __exit__(self, *_):
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()

    def _config(self):
        temp = "\n".join("  %s_temp_path %s/%s;" % (name, self.folder, name)
                         for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        return """daemon off;
master_process off;
pid %(folder)s/nginx.pid;
error_log %(folder)s/error.log;
events { worker_connections 4096; }
http {
%(temp)s
  log_format counted "$request_method $uri $status $http_user_agent $remote_addr $connection $server_protocol";
  access_log %(folder)s/access.log counted;
  keepalive_requests 1000000;
  server {
    listen 127.0.0.1:%(port)d %(listen)s;
%(socket)s
%(certificate)s
    default_type application/json;
    location / { return 200 '%(body)s'; }
    location /missing { return 404 '{"error":"missing"}'; }
    location /files/ { alias %(folder)s/files/; }
  }
}
""" % {"folder": self.folder, "temp": temp, "port": self.port, "body": self.BODY, "listen": self.listen,
           "socket": "    listen unix:%s/nginx.sock %s;" % (self.folder, self.listen) if self.unix else "",
           "certificate": "    ssl_protocols TLSv1.2 TLSv1.3; ssl_certificate %s/cert.pem; ssl_certificate_key %s/key.pem; %s"
                          % (self.folder, self.folder, self.more.replace("FOLDER", str(self.folder)))
                          if self.listen else ""}

    def sparse_file(self, name, size):
        """Serves `size` zero bytes at /files/NAME without using disk."""
        folder = self.folder / "files"
        folder.mkdir(exist_ok=True)
        with open(folder / name, "wb") as file:
            file.truncate(size)
        return "%s/files/%s" % (self.url, name)

    def connections(self):
        """Number of connections on which requests came."""
        return len({line.split()[-2] for line in (self.folder / "access.log").read_text().splitlines()})

    def accepted(self):
        """Connections made between the first and the last on which requests came, both included."""
        serials = [int(line.split()[-2]) for line in (self.folder / "access.log").read_text().splitlines()]
        return max(serials) - min(serials) + 1

    def clients(self):
        """Addresses from which requests came."""
        return {line.split()[-3] for line in (self.folder / "access.log").read_text().splitlines()}

    def requests(self):
        """Number of requests answered so far. nginx writes a line when a request ends, so wait for the clients first."""
        log = self.folder / "access.log"
        return log.read_bytes().count(b"\n") if log.exists() else 0


class Run:
    """What one run of loadctl left: exit code, texts, and the summary export (None if there is none)."""

    def __init__(self, arguments, code, stdout, stderr, seconds, export):
        self.arguments, self.code, self.stdout, self.stderr = arguments, code, stdout, stderr
        self.seconds, self.export = seconds, export

    def __str__(self):
        return "loadctl %s\nexit code %s after %.1f s\n--- stdout\n%s\n--- stderr\n%s" % (
            " ".join(self.arguments), self.code, self.seconds, self.stdout[-4000:], self.stderr[-4000:])

    def metric(self, name):
        """The values of a metric in the summary export."""
        return self.export["metrics"][name]

    def count(self, name):
        return int(self.export["metrics"].get(name, {"count": 0})["count"])

    def errors(self):
        """Lines of stderr of level error, quotes inside them as the message had them."""
        return [line.replace('\\"', '"') for line in self.stderr.splitlines() if "level=error" in line]


def children_of(pid):
    """Ids of the processes whose parent is `pid`."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            stat = pathlib.Path("/proc/%s/stat" % entry).read_text()
        except OSError:
            continue
        if int(stat.rsplit(")", 1)[1].split()[1]) == pid:
            found.append(int(entry))
    return found


def is_alive(pid):
    """Whether a process runs; one that has ended and waits for its parent does not."""
    try:
        return pathlib.Path("/proc/%d/stat" % pid).read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class FrozenMainThread:
    """Stops the main thread of a process, and no other of its threads, for the time of the with."""

    _TRACER = """
import ctypes, os, sys
libc, pid = ctypes.CDLL(None, use_errno=True), int(sys.argv[1])
for request in (0x4206, 0x4207):  # PTRACE_SEIZE, PTRACE_INTERRUPT
    if libc.ptrace(request, pid, None, None) != 0:
        sys.exit("ptrace: " + os.strerror(ctypes.get_errno()))
print("frozen", flush=True)
status = 0x7f
while (status & 0xff) == 0x7f:  # else it has ended, and its parent is to see that
    _, status = os.waitpid(pid, 0x40000000)  # __WALL
"""

    def __init__(self, pid):
        self.pid = pid

    def __enter__(self):
        self._tracer = popen(
            [sys.executable, "-c", self._TRACER, str(self.pid)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if self._tracer.stdout.readline() != "frozen\n":
            _, why = self._tracer.communicate()
            raise unittest.SkipTest("a thread cannot be stopped here: " + why.strip())
        return self

    def __exit__(self, *_):
        self._tracer.kill()
        self._tracer.communicate()


def clean_environment(extra=None):
    """The environment without what would change a run: K6_*, NO_COLOR, a configuration file of the user's."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("K6_") and key != "NO_COLOR"}
    env["XDG_CONFIG_HOME"] = "/nonexistent/loadctl-tests"
    env.update(extra or {})
    return env


class Started:
    """loadctl at work. finish() waits for it; leaving the `with` block ends it and all its agents."""

    def __init__(self, *arguments, cwd=None, env=None, stdin=None, export=True):
        self.arguments = [str(argument) for argument in arguments]
        self._folder = tempfile.TemporaryDirectory(prefix="loadctl-run-")
        self._export = pathlib.Path(self._folder.name) / "summary.json"
        command = [LOADCTL] + self.arguments
        if export and "run" in self.arguments[:1]:
            command += ["--summary-export", str(self._export)]
        # Files, not pipes: a child left over would keep a pipe open, and hide that it is there.
        self._out = open(os.path.join(self._folder.name, "stdout"), "w+b")
        self._err = open(os.path.join(self._folder.name, "stderr"), "w+b")
        self._in = tempfile.TemporaryFile()
        self._in.write(stdin or b"")
        self._in.seek(0)
        self._began = time.monotonic()
        # A session of its own: a signal to the group of the test is not one to loadctl.
        self.process = popen(command, cwd=cwd, env=clean_environment(env), stdin=self._in,
                             stdout=self._out, stderr=self._err, start_new_session=True)
        self.pid = self.process.pid
        self.seen_children = set()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for pid in [self.pid] + self._left_over():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        for file in (self._out, self._err, self._in):
            file.close()
        self._folder.cleanup()

    def agents(self):
        """Process ids of its agents now."""
        found = []
        for pid in children_of(self.pid):
            try:
                command = pathlib.Path("/proc/%d/cmdline" % pid).read_bytes()
            except OSError:
                continue
            if b"loadctl-agent" in command.split(b"\0")[0] and b"--child" in command:
                found.append(pid)
        self.seen_children.update(found)
        return found

    def _left_over(self):
        """Processes of its session that still run."""
        found = []
        for entry in os.listdir("/proc"):
            if entry.isdigit() and int(entry) != self.pid:
                try:
                    stat = pathlib.Path("/proc/%s/stat" % entry).read_text().rsplit(")", 1)[1].split()
                except OSError:
                    continue
                if int(stat[3]) == self.pid and stat[0] != "Z":
                    found.append(int(entry))
        return found

    def text(self):
        """What it has written to stdout and stderr so far."""
        folder = pathlib.Path(self._folder.name)
        return (folder / "stdout").read_text(errors="replace") + (folder / "stderr").read_text(errors="replace")

    def wait_for(self, text, seconds=20):
        wait_until(lambda: text in self.text() or self.process.poll() is not None, seconds, "the text %r" % text)
        if text not in self.text():
            raise AssertionError("loadctl ended without %r:\n%s" % (text, self.text()))

    def signal(self, number):
        os.kill(self.pid, number)

    def finish(self, timeout=TIMEOUT_SECONDS):
        """The finished Run. Fails if it hangs, or if a process of its own outlives it."""
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError("loadctl %s hangs; it wrote:\n%s" % (" ".join(self.arguments), self.text()))
        seconds = time.monotonic() - self._began
        folder = pathlib.Path(self._folder.name)
        export = json.loads(self._export.read_text()) if self._export.exists() else None
        run = Run(self.arguments, code, (folder / "stdout").read_text(errors="replace"),
                  (folder / "stderr").read_text(errors="replace"), seconds, export)
        end = time.monotonic() + 5
        while self._left_over() and time.monotonic() < end:
            time.sleep(0.02)
        left = self._left_over()
        if left:
            raise AssertionError("processes %s outlive loadctl\n%s" % (left, run))
        return run


def loadctl(*arguments, timeout=TIMEOUT_SECONDS, **options):
    """Runs loadctl to its end."""
    with Started(*arguments, **options) as started:
        return started.finish(timeout)


class Case(unittest.TestCase):
    """A test with a folder of its own (self.folder) and checks that show the whole run when they fail."""

    maxDiff = None

    def setUp(self):
        self.folder = self.enterContext(Folder()) if hasattr(self, "enterContext") else self._enter(Folder())

    def _enter(self, context):
        value = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return value

    def run_script(self, text, *flags, **options):
        """loadctl run of a script given as text."""
        options.setdefault("cwd", str(self.folder.path))
        return loadctl("run", *flags, self.folder.script(text), **options)

    def expect_code(self, run, code):
        self.assertEqual(run.code, code, str(run))

    def expect_text(self, run, text):
        self.assertIn(text, run.stdout + run.stderr.replace('\\"', '"'), str(run))

    def expect_one_error(self, run, code, *texts):
        """It ended with `code` and said why in one error line that holds all `texts`."""
        self.expect_code(run, code)
        errors = run.errors()
        self.assertEqual(len(errors), 1, "one error line expected\n%s" % run)
        for text in texts:
            self.assertIn(text, errors[0], str(run))

    def expect_balanced(self, run, agents):
        """The ledger in the summary export is there and balances."""
        ours = run.export["loadctl"]
        self.assertTrue(ours["complete"], str(run))
        self.assertEqual(ours["agents"], agents, str(run))
        self.assertEqual(len(ours["ledger"]), agents, str(run))
        for entry in ours["ledger"]:
            self.assertTrue(entry["balanced"], entry)
            self.assertEqual(entry["planned"], entry["started"] + entry["dropped"], entry)
            self.assertEqual(entry["started"], entry["complete"] + entry["interrupted"], entry)
