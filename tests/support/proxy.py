"""A TCP proxy on 127.0.0.1 that spoils connections: delay, a pause, a cut after some bytes."""

import random
import select
import socket
import threading
import time


class Proxy:
    """Forwards to a port of 127.0.0.1.

    delay        seconds that each block of bytes waits, in both directions
    cut_after    (low, high): each connection is reset after a random number of answered bytes in this range
    seed         of those random numbers; shown by str()
    """

    def __init__(self, target_port, delay=0.0, cut_after=None, seed=None):
        self._target_port = target_port
        self.delay = delay
        self.cut_after = cut_after
        self.seed = seed if seed is not None else random.SystemRandom().randrange(2**32)
        self._random = random.Random(self.seed)
        self._flowing = threading.Event()
        self._flowing.set()
        self._lock = threading.Lock()
        self._pairs = set()
        self.connections = 0
        self.cuts = 0

    def __str__(self):
        return "proxy with seed %d, %d connections, %d cuts" % (self.seed, self.connections, self.cuts)

    def __enter__(self):
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self._listener.getsockname()[1]
        self.url = "http://127.0.0.1:%d" % self.port
        self._open = True
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._open = False
        self._listener.close()
        self.cut_all()
        self._flowing.set()

    def pause(self):
        """Nothing is forwarded until resume(); connections stay open."""
        self._flowing.clear()

    def resume(self):
        self._flowing.set()

    def cut_all(self):
        """Resets every connection there is now."""
        with self._lock:
            pairs = list(self._pairs)
        for pair in pairs:
            self._reset(pair)

    def _accept(self):
        while self._open:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                limit = self._random.randint(*self.cut_after) if self.cut_after else None
            threading.Thread(target=self._serve, args=(client, limit), daemon=True).start()

    def _serve(self, client, limit):
        try:
            server = socket.create_connection(("127.0.0.1", self._target_port), 5)
        except OSError:
            client.close()
            return
        pair = (client, server)
        with self._lock:
            self._pairs.add(pair)
        try:
            self._forward(client, server, limit)
        except (OSError, ValueError):
            pass
        finally:
            with self._lock:
                self._pairs.discard(pair)
            client.close()
            server.close()

    def _forward(self, client, server, limit):
        answered = 0
        while True:
            readable, _, _ = select.select([client, server], [], [])
            for source in readable:
                data = source.recv(65536)
                if not data:
                    return
                self._flowing.wait()
                if self.delay:
                    time.sleep(self.delay)
                if source is client:
                    server.sendall(data)
                    continue
                if limit is not None and answered + len(data) >= limit:
                    client.sendall(data[: limit - answered])
                    self.cuts += 1
                    self._reset((client, server))
                    return
                answered += len(data)
                client.sendall(data)

    @staticmethod
    def _reset(pair):
        for side in pair:
            try:
                # Linger of zero seconds: close() sends RST.
                side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                side.shutdown(socket.SHUT_RD)
                side.close()
            except OSError:
                pass
