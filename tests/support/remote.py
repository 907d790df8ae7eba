"""A controller and agents that run on their own, and proxies between them. Standard library only.

    with remote.Controller() as controller, remote.Agents(controller.address, 2):
        run = harness.loadctl("run", "--controller", controller.address, "--agents", "2", script)
"""

import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

import harness

AGENT = str(pathlib.Path(harness.LOADCTL).parent / "loadctl-agent")


def token_path(port):
    """Where a controller of this user, without certificates, keeps the token for its port."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    folder = runtime + "/loadctl" if os.path.isdir(runtime) else "/tmp/loadctl-%d" % os.geteuid()
    return pathlib.Path(folder) / ("controller-%d.token" % port)


def token(address):
    """The token for a port of this machine; empty if there is none."""
    if not address.startswith("127.0.0.1:"):
        return ""
    path = token_path(int(address.rsplit(":", 1)[1]))
    return path.read_text().strip() if path.exists() else ""


class Program:
    """A program that stays: its log as text, ended by its process id on the way out."""

    def __init__(self, *command, prefix=()):
        self.command = list(prefix) + [str(part) for part in command]
        self._log = tempfile.TemporaryFile()
        self.process = harness.popen(self.command, stdin=subprocess.DEVNULL, stdout=self._log,
                                     stderr=subprocess.STDOUT, env=harness.clean_environment())
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        self._log.close()

    def kill(self, number=signal.SIGKILL):
        if self.process.poll() is None:
            os.kill(self.pid, number)
        self.process.wait(30)

    def log(self):
        return os.pread(self._log.fileno(), 1 << 24, 0).decode(errors="replace")

    def wait_for(self, text, seconds=20, times=1):
        harness.wait_until(lambda: self.log().count(text) >= times or self.process.poll() is not None, seconds,
                           "%r in the log of %s:\n%s" % (text, self.command, self.log()))
        if self.log().count(text) < times:
            raise AssertionError("%s ended without %r:\n%s" % (self.command, text, self.log()))

    def finish(self, seconds=30):
        """Its exit status; fails if it hangs."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError("%s hangs:\n%s" % (self.command, self.log()))


class Controller(Program):
    """loadctl controller on a free port of 127.0.0.1, or where `listen` says."""

    def __init__(self, *flags, listen="127.0.0.1:0", prefix=(), wait=True):
        super().__init__(harness.LOADCTL, "controller", "--listen", listen, *flags, prefix=prefix)
        self.address = listen
        if wait:
            self.wait_for("serving agents and clients at ")
            self.address = self.log().split("serving agents and clients at ")[1].split()[0]
            self.port = int(self.address.rsplit(":", 1)[1]) if not listen.startswith("unix:") else 0

    def wait_for_agents(self, count):
        self.wait_for(" has registered", times=count)


class Agents:
    """`count` agents of a controller."""

    def __init__(self, address, count, *flags, prefix=()):
        self.programs = [Program(AGENT, "--controller", address, *flags, prefix=prefix) for _ in range(count)]

    def __enter__(self):
        for program in self.programs:
            program.wait_for("registered with the controller")
        return self

    def __exit__(self, *_):
        for program in self.programs:
            program.__exit__()

    def __getitem__(self, index):
        return self.programs[index]


def certificates(folder, *flags):
    """`loadctl certs` in a folder; returns the flags of a program by its name."""
    subprocess.run([harness.LOADCTL, "certs", *flags, str(folder)], check=True, stdout=subprocess.DEVNULL)
    return lambda name, ca=None: tls_flags(folder, name, ca)


def tls_flags(folder, name, ca=None):
    return ["--tls-cert", "%s/%s.pem" % (folder, name), "--tls-key", "%s/%s.key" % (folder, name),
            "--tls-ca", "%s/ca.pem" % (ca or folder)]


class CuttingProxy:
    """Forwards to `target`, a port of 127.0.0.1 or the path of a Unix socket, and resets each connection after a
    random number of bytes of either direction, until it has cut `cuts` times."""

    def __init__(self, target, cuts, low=40, high=3000, unix_path=None, seed=None):
        self._target, self._cuts_left, self._range = target, cuts, (low, high)
        self.seed = seed if seed is not None else random.SystemRandom().randrange(2**32)
        self._random = random.Random(self.seed)
        self._lock = threading.Lock()
        self._unix_path = unix_path
        self._token = None
        self.cuts = 0

    def __str__(self):
        return "cutting proxy with seed %d, %d cuts" % (self.seed, self.cuts)

    def __enter__(self):
        if self._unix_path:
            self._listener = socket.socket(socket.AF_UNIX)
            self._listener.bind(self._unix_path)
            self._listener.listen(64)
            self.address = "unix:" + self._unix_path
        else:
            self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
            port = self._listener.getsockname()[1]
            self.address = "127.0.0.1:%d" % port
            # Who dials the proxy is to find the token of what is behind it.
            if isinstance(self._target, int) and token_path(self._target).exists():
                self._token = token_path(port)
                shutil.copy(token_path(self._target), self._token)
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listener.close()
        if self._token:
            self._token.unlink(missing_ok=True)

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _connect(self):
        if isinstance(self._target, int):
            return socket.create_connection(("127.0.0.1", self._target), 5)
        server = socket.socket(socket.AF_UNIX)
        server.connect(self._target)
        return server

    def _serve(self, client):
        try:
            server = self._connect()
        except OSError:
            client.close()
            return
        with self._lock:
            left = [self._random.randint(*self._range)]
        sides = (client, server)
        pumps = [threading.Thread(target=self._pump, args=(a, b, left, sides), daemon=True)
                 for a, b in (sides, sides[::-1])]
        for pump in pumps:
            pump.start()
        for pump in pumps:
            pump.join()
        for side in sides:
            side.close()

    def _pump(self, source, sink, left, sides):
        try:
            while True:
                data = source.recv(65536)
                if not data:
                    break
                with self._lock:
                    cut = self._cuts_left > 0 and left[0] <= len(data)
                    if cut:
                        self._cuts_left -= 1
                        self.cuts += 1
                        data = data[:left[0]]
                    left[0] -= len(data)
                sink.sendall(data)
                if cut:
                    break
        except OSError:
            pass
        for side in sides:
            try:
                if side.family != socket.AF_UNIX:
                    side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                side.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class SlowProxy(CuttingProxy):
    """Forwards `rate` bytes a second in each direction."""

    def __init__(self, target, rate):
        super().__init__(target, cuts=0)
        self._rate = rate

    def _pump(self, source, sink, left, sides):
        try:
            source.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
            while data := source.recv(self._rate // 50):
                sink.sendall(data)
                time.sleep(len(data) / self._rate)
        except OSError:
            pass
        for side in sides:
            try:
                side.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class DelayingProxy(CuttingProxy):
    """Forwards and delays every byte by `seconds` in each direction, like a longer wire."""

    def __init__(self, target, seconds):
        super().__init__(target, cuts=0)
        self._seconds = seconds

    def _pump(self, source, sink, left, sides):
        queue, ready = [], threading.Condition()

        def deliver():
            try:
                while True:
                    with ready:
                        ready.wait_for(lambda: queue)
                        at, data = queue.pop(0)
                    time.sleep(max(0, at - time.monotonic()))
                    if not data:
                        break
                    sink.sendall(data)
            except OSError:
                pass
            for side in sides:
                try:
                    side.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

        delivering = threading.Thread(target=deliver, daemon=True)
        delivering.start()
        data = b"-"
        while data:
            try:
                data = source.recv(65536)
            except OSError:
                data = b""
            with ready:
                queue.append((time.monotonic() + self._seconds, data))
                ready.notify()
        delivering.join()


class ChangingProxy(CuttingProxy):
    """Forwards, with `before` changed to `after` (of the same length) in what clients send."""

    def __init__(self, target, before, after):
        super().__init__(target, cuts=0)
        self._before, self._after = before, after

    def _pump(self, source, sink, left, sides):
        try:
            while data := source.recv(65536):
                sink.sendall(data.replace(self._before, self._after))
        except OSError:
            pass
        for side in sides:
            try:
                side.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def tool(*command, check=True):
    return subprocess.run(command, check=check, capture_output=True, text=True)


class LossyNetwork:
    """Two network namespaces with a cable between them that loses `percent` of the packets to the second one and as
    many to the first, at random, by nftables."""

    def __init__(self, percent):
        self._percent = percent
        self._names = ["loadctl-%d-%d" % (os.getpid(), number) for number in (1, 2)]
        self.in_first, self.in_second = (["ip", "netns", "exec", name] for name in self._names)
        self.first, self.second = "10.213.0.1", "10.213.0.2"

    def __enter__(self):
        try:
            self._make()
        except Exception:
            self.__exit__()
            raise
        return self

    def _make(self):
        for name in self._names:
            tool("ip", "netns", "add", name)
        tool("ip", "link", "add", "cable", "netns", self._names[0], "type", "veth", "peer", "name", "cable", "netns",
             self._names[1])
        for name, address in zip(self._names, (self.first, self.second)):
            inside = ["ip", "netns", "exec", name]
            tool(*inside, "ip", "address", "add", address + "/24", "dev", "cable")
            tool(*inside, "ip", "link", "set", "cable", "up")
            tool(*inside, "ip", "link", "set", "lo", "up")
            tool(*inside, "nft", "add table inet loss; add chain inet loss in { type filter hook input priority 0; };"
                 "add rule inet loss in iifname cable numgen random mod 1000 < %d counter drop" % (self._percent * 10))

    def dropped(self):
        """Packets lost so far."""
        total = 0
        for inside in (self.in_first, self.in_second):
            words = tool(*inside, "nft", "list", "table", "inet", "loss").stdout.split()
            total += int(words[words.index("packets") + 1])
        return total

    def __exit__(self, *_):
        for name in self._names:
            tool("ip", "netns", "delete", name, check=False)


def namespaces_work():
    try:
        with LossyNetwork(1):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False
