"""A client of the Chrome DevTools Protocol: WebSocket (RFC 6455), JSON, and source maps. Standard library only.

    with devtools.Client("ws://127.0.0.1:9229/0a1b") as client:
        client.call("Debugger.enable")
        paused = client.event("Debugger.paused")
"""

import base64
import hashlib
import http.client
import json
import os
import socket
import struct

TIMEOUT_SECONDS = 60
_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def get(port, path, **headers):
    """Status and body of a request to the debugger's address."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


class Refused(Exception):
    """The answer to a handshake that was not 101."""


class Client:
    def __init__(self, url):
        place, self.path = url.removeprefix("ws://").split("/", 1)
        host, port = place.rsplit(":", 1)
        self._socket = socket.create_connection((host, int(port)), TIMEOUT_SECONDS)
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall(("GET /%s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                              "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n\r\n"
                              % (self.path, place, key)).encode())
        self._buffer = b""
        while b"\r\n\r\n" not in self._buffer:
            more = self._socket.recv(65536)
            if not more:
                raise Refused(self._buffer.decode())
            self._buffer += more
        head, self._buffer = self._buffer.split(b"\r\n\r\n", 1)
        if b" 101 " not in head.split(b"\r\n")[0] + b" ":
            raise Refused(head.decode())
        accept = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest())
        assert accept in head, head
        self._number, self._events = 0, []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    # ---- frames

    def _take(self, size):
        while len(self._buffer) < size:
            more = self._socket.recv(1 << 20)
            if not more:
                raise EOFError("the other side has closed the connection")
            self._buffer += more
        taken, self._buffer = self._buffer[:size], self._buffer[size:]
        return taken

    def send(self, text, opcode=1):
        data, mask = text.encode() if isinstance(text, str) else text, os.urandom(4)
        size = struct.pack("!B", 0x80 | len(data)) if len(data) < 126 else (
            struct.pack("!BH", 0xFE, len(data)) if len(data) < 65536 else struct.pack("!BQ", 0xFF, len(data)))
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(data))
        self._socket.sendall(bytes([0x80 | opcode]) + size + mask + masked)

    def receive(self):
        """The next message as it came; None: it was closed."""
        message = b""
        while True:
            first, size = self._take(2)
            if size == 126:
                size = struct.unpack("!H", self._take(2))[0]
            elif size == 127:
                size = struct.unpack("!Q", self._take(8))[0]
            data = self._take(size)
            if first & 15 == 8:
                self.send(data, 8)
                return None
            if first & 15 == 9:
                self.send(data, 10)
                continue
            message += data
            if first & 0x80:
                return message.decode()

    # ---- the protocol

    def call(self, method, **parameters):
        """The result; what happens meanwhile is kept for event()."""
        self._number += 1
        self.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.receive())
            if message.get("id") == self._number:
                if "error" in message:
                    raise AssertionError("%s: %s" % (method, message["error"]))
                return message["result"]
            self._events.append(message)

    def event(self, method, **wanted):
        """The parameters of the next event of that name that has these."""
        while True:
            for i, message in enumerate(self._events):
                parameters = message.get("params", {})
                if message.get("method") == method and all(parameters.get(k) == v for k, v in wanted.items()):
                    del self._events[i]
                    return parameters
            text = self.receive()
            if text is None:
                raise EOFError("closed without " + method)
            self._events.append(json.loads(text))

    def until_closed(self):
        try:
            while self.receive() is not None:
                pass
        except (EOFError, ConnectionError):
            pass


class SourceMap:
    """Of a `data:` URL."""

    def __init__(self, url):
        head, data = url.split(",", 1)
        assert head == "data:application/json;base64", head
        self.json = json.loads(base64.b64decode(data))
        self.places = []  # (line, column, author's line, author's column), all from 0
        source = line = column = 0
        for number, segments in enumerate(self.json["mappings"].split(";")):
            at = 0
            for segment in filter(None, segments.split(",")):
                fields = self._decode(segment)
                at += fields[0]
                if len(fields) > 1:
                    source, line, column = source + fields[1], line + fields[2], column + fields[3]
                    self.places.append((number, at, line, column))

    @staticmethod
    def _decode(text):
        values, value, shift = [], 0, 0
        for letter in text:
            digit = _DIGITS.index(letter)
            value |= (digit & 31) << shift
            shift += 5
            if digit < 32:
                values.append(-(value >> 1) if value & 1 else value >> 1)
                value = shift = 0
        return values

    def compiled(self, line):
        """Where the author's line (from 1) begins in the code that runs: line and column from 0."""
        return min((at[0], at[1]) for at in self.places if at[2] == line - 1)

    def author(self, line, column):
        """The author's line (from 1) of a place in the code that runs."""
        return max(at for at in self.places if (at[0], at[1]) <= (line, column))[2] + 1
