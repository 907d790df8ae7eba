"""The server on 127.0.0.1 that the scripts of tests/conformance load.

    /json          a JSON document           /echo          method, body and some headers of the request, as JSON
    /status/N      that status               /redirect/N    302 to /redirect/N-1, the last to /json
    /slow/MS       an answer after MS ms     /cookies/set   sets cookie `flavour`; /cookies shows what came
    /text          plain text                /bytes         256 bytes, each once
    /repeat        the body of the request, as JSON
    /sha1          SHA-1 and size of the request's body
    /age/NAME      sets cookie `k` with that lifetime, as AGES has them
    /answer?...    what the query says, each part any number of times: status=N, header=NAME:VALUE, body=TEXT, base64=BYTES
    /headers       the request's headers in alphabetical order, as JSON: without Host and User-Agent
    /coded/LIST    a body with these content codings (gzip, deflate, br, zstd), in this order
    /digest/QOP    wants Digest access, user `user`, password `secret`; with `none` as RFC 2069
    /ntlm          wants NTLM: any user, three messages on one connection
    /raw/NAME      bytes that are in RAW, then the connection is closed
"""

import base64
import gzip
import hashlib
import http.server
import json
import struct
import threading
import time
import urllib.parse
import urllib.request
import zlib

DOCUMENT = {"hello": "world", "items": [1, 2, 3], "nested": {"deep": {"value": "found"}},
            "people": [{"name": "Ada", "age": 36}, {"name": "Alan", "age": 41}]}

PAST = "Expires=Thu, 01 Jan 1970 00:00:01 GMT"
AGES = {"y2038": "Max-Age=2147483648", "int32": "Max-Age=2147483647", "zero": "Max-Age=0", "negative": "Max-Age=-5",
        "both": "Max-Age=4000000000; " + PAST, "past": PAST, "millis": "Max-Age=31536000000"}

# A text in brotli and in zstd, neither of which Python has: blocks that are stored, not compressed.
CODED = b"coded text"
CODINGS = {
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "deflate": zlib.compress,
    # WBITS 16, MLEN - 1 in 16 bits, ISUNCOMPRESSED, padding; the bytes; ISLAST and ISLASTEMPTY.
    "br": lambda data: struct.pack("<I", (len(data) - 1) << 4 | 1 << 20)[:3] + data + b"\x03",
    # Magic, a frame of one segment, its size, a raw block that is the last.
    "zstd": lambda data: b"\x28\xb5\x2f\xfd\x20" + bytes([len(data)]) + struct.pack("<I", len(data) << 3 | 1)[:3] + data,
}
OK = b"HTTP/1.1 200 OK\r\n"
RAW = {
    "nothing": b"",
    "half_head": OK + b"Content-Le",
    "half_field": OK + b"Content-Length: 2",
    "half_line": b"HTTP/1.1 200 O",
    "short_body": OK + b"Content-Length: 10\r\n\r\nfive",
    "long_body": OK + b"Content-Length: 4\r\nConnection: close\r\n\r\nfive and more",
    "until_closed": OK + b"Content-Type: text/plain\r\n\r\nuntil the end",
    "half_chunk": OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
    "no_last_chunk": OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    "chunks": OK + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n5;a=b\r\nhello\r\n1\r\n!\r\n0\r\nT: 1\r\n\r\n",
    "bad_chunk": OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n",
    "http_1_0": b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi",
    "http_2_0": b"HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nhi",
    "no_reason": b"HTTP/1.1 200\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi",
    "odd_reason": b"HTTP/1.1 200 Very  Well Done\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi",
    "continue": b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 2\r\nConnection: close\r\n\r\nhi",
    "early_hints": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK + b"Content-Length: 2\r\nConnection: close\r\n\r\nhi",
    "switching": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
    "not_http": b"220 smtp.example ready\r\n",
    "no_colon": OK + b"nonsense\r\n\r\n",
    "two_lengths": OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
    "length_and_chunks": OK + b"Content-Length: 50\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
    "folded": OK + b"X-Long: one\r\n two\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi",
    "latin1": OK + b"X-Latin: caf\xe9\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi",
    "broken_gzip": OK + b"Content-Encoding: gzip\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
    "broken_deflate": OK + b"Content-Encoding: deflate\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
    "empty_gzip": OK + b"Content-Encoding: gzip\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    "cut_gzip": OK + b"Content-Encoding: gzip\r\nConnection: close\r\n\r\n" + gzip.compress(b"x" * 999, mtime=0)[:-9],
    "body_with_204": b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi",
    "body_with_304": b"HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\nConnection: close\r\n\r\n",
}


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
        elif first == "headers":
            shown = sorted([name, value] for name, value in self.headers.items() if name.lower() not in ("host", "user-agent"))
            self._answer(200, json.dumps(shown).encode())
        elif first == "answer":
            self._as_asked(urllib.parse.parse_qsl(self.path.partition("?")[2], keep_blank_values=True))
        elif first == "coded":
            body = CODED
            for coding in filter(None, rest.split(",")):
                body = CODINGS[coding](body)
            self._answer(200, body, "text/plain", [("Content-Encoding", ", ".join(rest.split(",")))])
        elif first == "digest":
            self._digest(rest, raw)
        elif first == "ntlm":
            self._ntlm()
        elif first == "raw":
            self.wfile.write(RAW[rest])
            self.close_connection = True
        else:
            self._answer(404, b"not here", "text/plain")

    def _as_asked(self, parts):
        body = b"".join(base64.b64decode(text) if name == "base64" else text.encode() for name, text in parts
                        if name in ("body", "base64"))
        status = int(dict(parts).get("status", 200))
        headers = [tuple(text.split(":", 1)) for name, text in parts if name == "header"]
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if status >= 200 and status not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and status not in (204, 304):
            self.wfile.write(body)

    def _digest(self, qop, body):
        """RFC 7616 with MD5."""
        quality = "" if qop == "none" else ', qop="%s"' % qop
        kind, _, given = (self.headers.get("Authorization") or "").partition(" ")
        if kind == "Digest":
            said = {name: value.strip('"') for name, value in
                    (part.split("=", 1) for part in urllib.request.parse_http_list(given))}
            md5 = lambda text: hashlib.md5(text.encode()).hexdigest()  # noqa: E731
            one = md5("user:here:secret")
            two = "%s:%s" % (self.command, self.path)
            if said.get("qop") == "auth-int":
                two += ":" + hashlib.md5(body).hexdigest()
            middle = [said.get("nc", ""), said.get("cnonce", ""), said["qop"]] if "qop" in said else []
            if said.get("response") == md5(":".join([one, said.get("nonce", ""), *middle, md5(two)])):
                return self._answer(200, json.dumps({"user": said["username"], "qop": said.get("qop", "none")}).encode())
        return self._answer(401, b"who are you", "text/plain", [
            ("WWW-Authenticate", 'Digest realm="here", nonce="abc", opaque="xyz", algorithm=MD5' + quality)])

    def _ntlm(self):
        kind, _, given = (self.headers.get("Authorization") or "").partition(" ")
        message = base64.b64decode(given) if kind in ("NTLM", "Negotiate") and given else b""
        if message[8:12] == b"\x03\0\0\0":
            self._answer(200, b'{"ntlm":true}')
        elif message[8:12] == b"\x01\0\0\0":
            name = "HERE".encode("utf-16-le")
            info = struct.pack("<HH", 2, len(name)) + name + struct.pack("<HH", 0, 0)
            challenge = (b"NTLMSSP\0" + struct.pack("<IHHII", 2, len(name), len(name), 56, 0x00890205) + b"12345678" + bytes(8)
                         + struct.pack("<HHI", len(info), len(info), 56 + len(name)) + bytes(8) + name + info)
            self._answer(401, b"", headers=[("WWW-Authenticate", "NTLM " + base64.b64encode(challenge).decode())])
        else:
            self._answer(401, b"who", "text/plain", [("WWW-Authenticate", "NTLM")])

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
