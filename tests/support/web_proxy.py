"""A proxy on 127.0.0.1 that speaks HTTP (whole URLs and CONNECT) and SOCKS5, told apart by the first byte.

Every name leads to 127.0.0.1: nothing leaves the machine. `asked` lists what was asked for, in order.
"""

import base64
import select
import socket
import threading


class WebProxy:
    """user      `name:password` that clients must show; None: anybody may ask
       refusal   an HTTP status line, or a SOCKS5 reply code, for everybody"""

    def __init__(self, user=None, refusal=None):
        self.user, self.refusal = user, refusal
        self.asked = []
        self.connections = 0

    def __enter__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.address = "127.0.0.1:%d" % self.port
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client:
            try:
                if client.recv(1, socket.MSG_PEEK) == b"\x05":
                    self._socks(client)
                else:
                    self._http(client)
            except (OSError, ValueError):
                pass

    # ---- HTTP

    def _http(self, client):
        stream = client.makefile("rb")
        while True:
            line = stream.readline()
            if not line:
                return
            headers = []
            while (header := stream.readline()) not in (b"\r\n", b""):
                headers.append(header)
            method, url, version = line.decode().split()
            self.asked.append("%s %s" % (method, url))
            given = {name.lower(): value.strip() for name, _, value in (h.decode().partition(":") for h in headers)}
            status = self.refusal or self._judge(given.get("proxy-authorization"))
            if status:
                client.sendall(("HTTP/1.1 %s\r\nContent-Length: 6\r\n\r\nnever\n" % status).encode())
                continue
            if method == "CONNECT":
                with socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1]))) as target:
                    client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                    return self._pipe(client, target)
            host, _, path = url.removeprefix("http://").partition("/")
            body = stream.read(int(given.get("content-length", 0)))
            kept = [h for h in headers if not h.lower().startswith(b"proxy-")]
            with socket.create_connection(("127.0.0.1", int(host.rpartition(":")[2]))) as target:
                target.sendall(("%s /%s %s\r\n" % (method, path, version)).encode() + b"".join(kept) + b"\r\n" + body)
                client.sendall(self._answer(target))

    def _judge(self, shown):
        if self.user is None or shown == "Basic " + base64.b64encode(self.user.encode()).decode():
            return None
        return "407 Proxy Authentication Required"

    @staticmethod
    def _answer(target):
        """One answer with a length."""
        stream = target.makefile("rb")
        head = b""
        length = 0
        while (line := stream.readline()) not in (b"\r\n", b""):
            head += line
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        return head + b"\r\n" + stream.read(length)

    # ---- SOCKS5

    def _socks(self, client):
        stream = client.makefile("rb")
        methods = stream.read(stream.read(2)[1])
        method = 2 if self.user else 0
        if method not in methods:
            return client.sendall(b"\x05\xff")
        client.sendall(bytes((5, method)))
        if method == 2:
            name = stream.read(stream.read(2)[1])
            password = stream.read(stream.read(1)[0])
            good = name + b":" + password == self.user.encode()
            client.sendall(bytes((1, 0 if good else 1)))
            if not good:
                return None
        _, _, _, kind = stream.read(4)
        size = {1: 4, 4: 16}.get(kind) or stream.read(1)[0]
        host = stream.read(size)
        port = int.from_bytes(stream.read(2), "big")
        shown = host.decode() if kind == 3 else socket.inet_ntop(socket.AF_INET if kind == 1 else socket.AF_INET6, host)
        self.asked.append("SOCKS %s:%d" % (shown, port))
        if self.refusal:
            return client.sendall(bytes((5, self.refusal, 0, 1)) + bytes(6))
        with socket.create_connection(("127.0.0.1", port)) as target:
            client.sendall(bytes((5, 0, 0, 1)) + bytes(6))
            return self._pipe(client, target)

    @staticmethod
    def _pipe(one, other):
        ends = {one: other, other: one}
        while ends:
            for ready in select.select(list(ends), [], [])[0]:
                data = ready.recv(65536)
                if not data:
                    return
                ends[ready].sendall(data)
