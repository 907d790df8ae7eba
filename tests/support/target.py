"""The server on 127.0.0.1 that the scripts of tests/conformance load.

    /json          a JSON document           /echo          method, body and some headers of the request, as JSON
    /status/N      that status               /redirect/N    302 to /redirect/N-1, the last to /json
    /slow/MS       an answer after MS ms     /cookies/set   sets cookie `flavour`; /cookies shows what came
    /text          plain text                /bytes         256 bytes, each once
    /repeat        the body of the request, as JSON
    /sha1          SHA-1 and size of the request's body
    /age/NAME      sets cookie `k` with that lifetime, as AGES has them
"""

import hashlib
import http.server
import json
import threading
import time

DOCUMENT = {"hello": "world", "items": [1, 2, 3], "nested": {"deep": {"value": "found"}},
            "people": [{"name": "Ada", "age": 36}, {"name": "Alan", "age": 41}]}

PAST = "Expires=Thu, 01 Jan 1970 00:00:01 GMT"
AGES = {"y2038": "Max-Age=2147483648", "int32": "Max-Age=2147483647", "zero": "Max-Age=0", "negative": "Max-Age=-5",
        "both": "Max-Age=4000000000; " + PAST, "past": PAST, "millis": "Max-Age=31536000000"}


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _answer(self, status, body, content_type="application/json", headers=()):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _body(self):
        """What was sent, by its length or in chunks: k6 sends an empty body so."""
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        whole = b""
        while True:
            size = int(self.rfile.readline(), 16)
            whole += self.rfile.read(size)
            self.rfile.readline()
            if size == 0:
                return whole

    def _serve(self):
        raw = self._body()
        sent = raw.decode("utf-8", "replace")
        path = self.path.split("?")[0]
        first, _, rest = path[1:].partition("/")
        if first == "json":
            self._answer(200, json.dumps(DOCUMENT).encode())
        elif first == "text":
            self._answer(200, "plain, with an ümlaut\n".encode(), "text/plain; charset=utf-8")
        elif first == "repeat":
            self._answer(200, sent.encode())
        elif first == "sha1":
            self._answer(200, json.dumps({"sha1": hashlib.sha1(raw).hexdigest(), "size": len(raw)}).encode())
        elif first == "age":
            self._answer(200, b"{}", headers=[("Set-Cookie", "k=v; Path=/; " + AGES[rest])])
        elif first == "bytes":
            self._answer(200, bytes(range(256)), "application/octet-stream")
        elif first == "status":
            self._answer(int(rest), b"")
        elif first == "redirect":
            where = "/redirect/%d" % (int(rest) - 1) if int(rest) > 1 else "/json"
            self._answer(302, b"", headers=[("Location", where)])
        elif first == "slow":
            time.sleep(int(rest) / 1000)
            self._answer(200, b'{"slow":true}')
        elif path == "/cookies/set":
            self._answer(200, b"{}", headers=[("Set-Cookie", "flavour=vanilla; Path=/")])
        elif first == "cookies":
            self._answer(200, json.dumps({"cookie": self.headers.get("Cookie", "")}).encode())
        elif first == "echo":
            shown = {name: self.headers[name] for name in ("Content-Type", "X-Custom", "Authorization") if self.headers[name]}
            self._answer(200, json.dumps({"method": self.command, "path": self.path, "body": sent,
                                          "headers": shown}).encode())
        else:
            self._answer(404, b"not here", "text/plain")

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve

    def log_message(self, *args):
        pass


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request, client_address):
        """A client that does not wait for its answer is no error here."""


def start():
    """Serves in the background for the rest of the program; returns the base URL."""
    server = _Server(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return "http://127.0.0.1:%d" % server.server_address[1]
