"""An HTTP/1.1 server on 127.0.0.1 whose answers are wrong in the way the path names.

    /ok             200 and a body            /redirect/N      302 to /redirect/N-1, the last to /ok
    /loop           302 to itself             /reset           connection reset before the answer
    /cut            reset within the body     /close           closed without an answer
    /stall          an answer that never comes /stall-body     half a body, then nothing
    /long           promises more than it sends, then closes
    /short          sends more than it promised
    /bytes          a chunked body, one byte at a time
    /bad-chunk      a chunk size that is no number
    /garbage        bytes that are no HTTP    /status/N        that status
    /huge           promises 9223372036854775807 bytes, sends three
    /odd-names      header names with spaces in them
    /gzip-head      gzip that breaks off within its own head, /gzip-part behind it
"""

import gzip
import re
import socket
import threading

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\nhello\n"


class BadServer:
    def __enter__(self):
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self._listener.getsockname()[1]
        self.url = "http://127.0.0.1:%d" % self.port
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._requests = {}
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._listener.close()

    def requests(self, path):
        """How many requests for `path` came."""
        with self._lock:
            return self._requests.get(path, 0)

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        pending = b""
        try:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while True:
                while b"\r\n\r\n" not in pending:
                    data = client.recv(65536)
                    if not data:
                        return
                    pending += data
                head, pending = pending.split(b"\r\n\r\n", 1)
                length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
                wanted = int(length.group(1)) if length else 0
                while len(pending) < wanted:
                    pending += client.recv(65536)
                pending = pending[wanted:]
                path = head.split(b" ")[1].decode()
                with self._lock:
                    self._requests[path] = self._requests.get(path, 0) + 1
                if not self._answer(client, path):
                    return
        except OSError:
            pass
        finally:
            client.close()

    def _answer(self, client, path):
        """Answers one request; False ends the connection."""
        head = b"HTTP/1.1 200 OK\r\n"
        if path.startswith("/redirect/"):
            left = int(path.rsplit("/", 1)[1])
            where = "/redirect/%d" % (left - 1) if left > 1 else "/ok"
            client.sendall(self._redirect(where))
        elif path == "/loop":
            client.sendall(self._redirect("/loop"))
        elif path.startswith("/status/"):
            client.sendall(("HTTP/1.1 %s Said So\r\nContent-Length: 0\r\n\r\n" % path.rsplit("/", 1)[1]).encode())
        elif path == "/bytes":
            client.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n")
            for byte in b"hello\n":
                client.sendall(b"1\r\n%c\r\n" % byte)
            client.sendall(b"0\r\n\r\n")
        elif path == "/short":
            client.sendall(head + b"Content-Length: 3\r\n\r\nhello\n")
        elif path == "/ok":
            client.sendall(OK)
        elif path == "/odd-names":
            client.sendall(OK.replace(b"Content-Type:", b"X-A : 1\r\nX B c: 2\r\nContent-Type:"))
        else:
            self._misbehave(client, path, head)
            return False
        return True

    @staticmethod
    def _redirect(where):
        return ("HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % where).encode()

    def _misbehave(self, client, path, head):
        """The answers that end the connection."""
        if path in ("/reset", "/cut"):
            if path == "/cut":
                client.sendall(head + b"Content-Length: 100\r\n\r\nhel")
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        elif path in ("/stall", "/stall-body"):
            if path == "/stall-body":
                client.sendall(head + b"Content-Length: 100\r\n\r\nhel")
            self._ended.wait(120)
        elif path == "/huge":
            client.sendall(head + b"Content-Length: 9223372036854775807\r\n\r\nhel")
        elif path.startswith("/gzip-"):
            body = gzip.compress(b"hello\n" * 100)[:5 if path == "/gzip-head" else 20]
            client.sendall(head + b"Content-Encoding: gzip\r\nContent-Length: 99\r\n\r\n" + body)
        elif path == "/long":
            client.sendall(head + b"Content-Length: 100\r\n\r\nhello\n")
        elif path == "/bad-chunk":
            client.sendall(head + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n")
        elif path == "/garbage":
            client.sendall(b"\0\1\2 this is no HTTP\r\n\r\n")
        elif path != "/close":
            client.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
