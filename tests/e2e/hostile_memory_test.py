"""Messages that are on their way for ever: what a controller keeps of all of them is bounded, and honest peers go on."""

import pathlib
import socket
import struct
import threading
import unittest
import urllib.request

import harness
import remote
from http2_cases import ACK, DATA, END_HEADERS, HEADERS, PING, RST_STREAM, SETTING, SETTINGS, WINDOW_UPDATE, field, frame

FIRST_WINDOW = 65535
PART = b"x" * 16384


class Unfinished:
    """A connection of HTTP/2 with four streams, each with a message that it says to be longer than it ever gets. Sends as
    fast as it may, at most `most` bytes, until the controller ends the connection."""

    def __init__(self, port, token, most, says=200 << 20):
        self._left, self.sent = most, 0
        self._socket = socket.create_connection(("127.0.0.1", port), 5)
        self._headers = b"".join(field(*pair) for pair in (
            (b":method", b"POST"), (b":scheme", b"http"), (b":path", b"/loadctl.v1.Agents/Attach"), (b":authority", b"x"),
            (b"te", b"trailers"), (b"content-type", b"application/grpc"), (b"authorization", b"Bearer " + token.encode())))
        self._begin = b"\0" + struct.pack(">I", says)
        self._windows = {0: FIRST_WINDOW}
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the controller was first
        self._thread.join(10)
        self._socket.close()

    def _run(self):
        try:
            self._socket.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0))
            for stream in (1, 3, 5, 7):
                self._windows[stream] = FIRST_WINDOW
                self._socket.sendall(frame(HEADERS, END_HEADERS, stream, self._headers))
                self._send(stream, self._begin)
            with self._socket.makefile("rb") as incoming:
                while head := incoming.read(9):
                    stream = struct.unpack(">I", head[5:])[0]
                    self._take(head[3], head[4], stream, incoming.read(int.from_bytes(head[:3], "big")))
                    self._fill()
        except OSError:
            pass  # ended by the controller

    def _send(self, stream, part):
        self._socket.sendall(frame(DATA, 0, stream, part))
        self._windows[stream] -= len(part)
        self._windows[0] -= len(part)
        self._left -= len(part)
        self.sent += len(part)

    def _take(self, kind, flags, stream, payload):
        if kind == WINDOW_UPDATE and stream in self._windows:
            self._windows[stream] += struct.unpack(">I", payload)[0]
        elif kind == RST_STREAM:
            self._windows.pop(stream, None)
        elif kind == PING and not flags & ACK:
            self._socket.sendall(frame(PING, ACK, 0, payload))
        elif kind == SETTINGS and not flags & ACK:
            self._socket.sendall(frame(SETTINGS, ACK, 0))
            for key, value in struct.iter_unpack(">HI", payload):
                if key == SETTING["window"]:
                    for one in set(self._windows) - {0}:
                        self._windows[one] += value - FIRST_WINDOW

    def _fill(self):
        for stream in sorted(set(self._windows) - {0}):
            while min(self._windows[stream], self._windows[0], self._left) >= len(PART):
                self._send(stream, PART)


class PeerMemory(harness.Case):
    def peak(self, pid):
        status = pathlib.Path("/proc/%d/status" % pid).read_text()
        return int(status.split("VmHWM:")[1].split()[0]) << 10

    def test_a_run_is_whole_beside_them(self):
        """600 MB and more, where 64 MB have a place."""
        metrics = "127.0.0.1:%d" % harness.free_port()
        folder = self._enter(harness.Folder())
        script = folder.script("import { sleep } from 'k6';\n"
                               "export const options = { vus: 2, iterations: 8 };\n"
                               "export default function () { sleep(1); }\n")
        controller = self._enter(remote.Controller("--max-peer-memory", "64MiB", "--metrics-address", metrics))
        before = self.peak(controller.pid)
        self._enter(remote.Agents(controller.address, 2))
        run = self._enter(remote.Program(harness.LOADCTL, "run", "-q", "--controller", controller.address,
                                         "--agents", "2", script))
        controller.wait_for("begins")
        peers = [self._enter(Unfinished(controller.port, remote.token(controller.address), 100 << 20)) for _ in range(6)]
        self.assertEqual(run.finish(60), 0, run.log())
        self.assertRegex(run.log(), r"iterations\.*: 8 ")
        more = self.peak(controller.pid) - before
        self.assertLess(more, 256 << 20)
        text = urllib.request.urlopen("http://%s/metrics" % metrics, timeout=5).read().decode()
        self.assertIn('loadctl_limit{limit="max-peer-memory"} 67108864\n', text)
        self.assertNotIn('loadctl_limit_used{limit="max-peer-memory"}', text)


if __name__ == "__main__":
    unittest.main()
