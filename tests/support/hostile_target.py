"""Servers on 127.0.0.1 that answer as no server should: one port for each kind of bad answer.

    with HostileTarget() as target:
        target.urls["head_of_100_megabytes"]

PLAIN are answers of HTTP/1.1, TLS bytes in the place of a handshake, HTTP2 frames of HTTP/2 behind a real handshake with
ALPN. Each is a function of a connection whose first request has been read; the connection is closed when it returns.
"""

import gzip
import pathlib
import selectors
import socket
import ssl
import struct
import tempfile
import threading
import time
import zlib

import certificates
import http2_cases
from http2_cases import (ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, GOOD, HEADERS, PADDED, PING, PRIORITY,
                         PUSH_PROMISE, RST_STREAM, SETTINGS, STATUS_200, WINDOW_UPDATE, field, frame)

OK = b"HTTP/1.1 200 OK\r\n"
BODY = b"Content-Length: 5\r\n\r\nhello"
LONG_SECONDS = 30  # beyond every timeout; a connection that its client closes ends sooner

PLAIN, TLS, HTTP2 = {}, {}, {}
# An answer that ends behind each of its bytes, by an orderly end and by a reset: closed_3, reset_3.
CUT = {}


def said(table, name, *pieces):
    """Registers an answer of these bytes."""
    table[name] = lambda connection: [connection.send(piece) for piece in pieces]


def behaviour(table):
    """Registers a function under its name."""
    def add(function):
        table[function.__name__] = function
        return function
    return add


class Connection:
    """One client's. Reads and writes end with OSError when it is gone."""

    def __init__(self, raw, context):
        self.socket = raw
        if context is not None:
            self.socket = context.wrap_socket(raw, server_side=True)
        self.pending = b""

    def send(self, data):
        self.socket.sendall(data)

    def read_until(self, end):
        while end not in self.pending:
            data = self.socket.recv(65536)
            if not data:
                raise OSError("closed")
            self.pending += data
        found, self.pending = self.pending.split(end, 1)
        return found

    def read(self, size):
        while len(self.pending) < size:
            data = self.socket.recv(65536)
            if not data:
                raise OSError("closed")
            self.pending += data
        found, self.pending = self.pending[:size], self.pending[size:]
        return found

    def wait_for_its_end(self):
        """Until the client closes, which it does at its timeout."""
        self.socket.settimeout(LONG_SECONDS)
        while self.socket.recv(65536):
            pass

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


# ---- status lines and heads

for _name, _line in (
        ("status_no_number", b"HTTP/1.1 abc OK"), ("status_four_digits", b"HTTP/1.1 2000 OK"),
        ("status_two_digits", b"HTTP/1.1 20 OK"), ("status_negative", b"HTTP/1.1 -20 OK"),
        ("status_zero", b"HTTP/1.1 000 Nothing"), ("status_999", b"HTTP/1.1 999 Much"),
        ("version_nine", b"HTTP/9.9 200 OK"), ("version_lower_case", b"http/1.1 200 OK"),
        ("version_none", b"200 OK"), ("version_huge", b"HTTP/1.99999999999 200 OK"), ("reason_none", b"HTTP/1.1 200"),
        ("reason_bad_utf8", b"HTTP/1.1 200 \xff\xfe"), ("spaces_before_status", b"HTTP/1.1   200 OK"),
        ("line_feed_first", b"\r\n\r\nHTTP/1.1 200 OK"), ("ssh", b"SSH-2.0-OpenSSH_9.2")):
    said(PLAIN, _name, _line + b"\r\n" + BODY)

for _name, _field in (
        ("field_without_colon", b"what is this"), ("field_without_name", b": x"), ("field_with_nul", b"X: a\0b"),
        ("field_with_cr", b"X: a\rb"), ("field_folded", b"X: a\r\n  b"), ("field_bad_utf8", b"X: \xff\xfe"),
        ("field_space_before_colon", b"X : a"), ("field_name_in_quotes", b"\"X\": a"), ("field_of_a_megabyte", b"X: " + b"a" * 2**20)):
    said(PLAIN, _name, OK + _field + b"\r\n" + BODY)

said(PLAIN, "fold_first", OK + b" folded\r\n" + BODY)
said(PLAIN, "line_feeds_alone", (OK + BODY).replace(b"\r", b""))
said(PLAIN, "head_cut", OK + b"Content-Le")
said(PLAIN, "nothing")
said(PLAIN, "nul_bytes", b"\0" * 4096)


@behaviour(PLAIN)
def head_of_100_megabytes(connection):
    connection.send(OK + b"X: ")
    for _ in range(100):
        connection.send(b"a" * 2**20)


@behaviour(PLAIN)
def million_fields(connection):
    connection.send(OK)
    block = b"".join(b"X-%d: y\r\n" % i for i in range(1000))
    for _ in range(1000):
        connection.send(block)
    connection.send(BODY)


# ---- lengths and how a body ends

for _name, _fields in (
        ("length_negative", b"Content-Length: -5"), ("length_plus", b"Content-Length: +5"),
        ("length_hex", b"Content-Length: 0x5"), ("length_list", b"Content-Length: 5, 5"),
        ("length_twice", b"Content-Length: 5\r\nContent-Length: 5"),
        ("length_twice_different", b"Content-Length: 5\r\nContent-Length: 6"),
        ("length_empty", b"Content-Length:"), ("length_text", b"Content-Length: five"),
        ("length_too_big", b"Content-Length: 18446744073709551616"),
        ("length_largest", b"Content-Length: 9223372036854775807"),
        ("coding_gzip_chunked", b"Transfer-Encoding: gzip, chunked"),
        ("coding_identity", b"Transfer-Encoding: identity\r\nContent-Length: 5"),
        ("coding_twice", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
        ("coding_unknown", b"Transfer-Encoding: xchunked"),
        ("length_short", b"Content-Length: 3"), ("length_long", b"Content-Length: 9")):
    said(PLAIN, _name, OK + _fields + b"\r\n\r\nhello")

CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
for _name, _body in (
        ("chunk_no_number", b"zz\r\nhello\r\n0\r\n\r\n"), ("chunk_negative", b"-5\r\nhello\r\n0\r\n\r\n"),
        ("chunk_too_big", b"fffffffffffffffff\r\nhello"), ("chunk_largest", b"7fffffffffffffff\r\nhello"),
        ("chunk_end_missing", b"5\r\nhello0\r\n\r\n"), ("chunk_empty_line", b"\r\n5\r\nhello\r\n0\r\n\r\n"),
        ("chunk_extension", b"5;" + b"a" * 100 + b"\r\nhello\r\n0\r\n\r\n"),
        ("chunk_line_too_long", b"5;" + b"a" * 8000 + b"\r\nhello\r\n0\r\n\r\n"),
        ("chunk_cut", b"5\r\nhel"), ("chunks_cut", b"5\r\nhello\r\n"), ("chunk_zero_cut", b"5\r\nhello\r\n0\r\n"),
        ("chunk_trailers", b"5\r\nhello\r\n0\r\nX: y\r\n\r\n"), ("chunk_bare_feeds", b"5\nhello\n0\n\n")):
    said(PLAIN, _name, CHUNKED + _body)

said(PLAIN, "chunked_and_length", OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
said(PLAIN, "chunked_in_http_1_0", b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
said(PLAIN, "body_of_204", b"HTTP/1.1 204 No Content\r\n" + BODY)
said(PLAIN, "body_of_304", b"HTTP/1.1 304 Not Modified\r\n" + BODY)
said(PLAIN, "two_answers", OK + BODY + OK + BODY)
said(PLAIN, "until_close", OK + b"\r\nhello")


@behaviour(PLAIN)
def chunks_of_nothing_but_extensions(connection):
    connection.send(CHUNKED + b"".join(b"1;" + b"e" * 1000 + b"\r\nx\r\n" for _ in range(200)) + b"0\r\n\r\n")


@behaviour(PLAIN)
def chunks_without_end(connection):
    connection.send(CHUNKED)
    while True:
        connection.send(b"4000\r\n" + b"x" * 0x4000 + b"\r\n")
        time.sleep(0.01)


@behaviour(PLAIN)
def trailers_of_2_megabytes(connection):
    connection.send(CHUNKED + b"5\r\nhello\r\n0\r\n" + b"".join(b"X-%d: %s\r\n" % (i, b"y" * 1000) for i in range(2000)) + b"\r\n")


# ---- answers before the answer

said(PLAIN, "continue_first", b"HTTP/1.1 100 Continue\r\n\r\n" + OK + BODY)
said(PLAIN, "early_hints", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 3 + OK + BODY)
said(PLAIN, "switching", b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")
said(PLAIN, "informational_only", b"HTTP/1.1 100 Continue\r\n\r\n")


@behaviour(PLAIN)
def informational_flood(connection):
    for _ in range(500):
        connection.send((b"HTTP/1.1 102 Processing\r\nX: " + b"y" * 90 + b"\r\n\r\n") * 1000)
    while True:
        connection.send(b"HTTP/1.1 102 Processing\r\n\r\n" * 1000)


# ---- redirects

for _name, _location in (
        ("to_file", b"file:///etc/passwd"), ("to_ftp", b"ftp://127.0.0.1/"), ("to_javascript", b"javascript:alert(1)"),
        ("to_no_host", b"http://"), ("to_no_scheme", b"://x"), ("to_port_99999", b"http://127.0.0.1:99999/"),
        ("to_bad_escape", b"/%zz"), ("to_bad_utf8", b"/\xff"), ("to_a_space", b"http://a b/"), ("to_a_long_path", b"/" + b"a" * 2**16)):
    said(PLAIN, _name, b"HTTP/1.1 302 Found\r\nLocation: " + _location + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


@behaviour(PLAIN)
def to_itself(connection):
    while True:
        connection.send(b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n")
        connection.read_until(b"\r\n\r\n")


# ---- sockets

@behaviour(PLAIN)
def reset_at_once(connection):
    connection.reset()


@behaviour(PLAIN)
def reset_within_the_body(connection):
    connection.send(OK + b"Content-Length: 9\r\n\r\nhello")
    time.sleep(0.05)
    connection.reset()


@behaviour(PLAIN)
def half_closed(connection):
    connection.socket.shutdown(socket.SHUT_WR)
    connection.wait_for_its_end()


@behaviour(PLAIN)
def half_closed_behind_the_answer(connection):
    connection.send(OK + BODY)
    connection.socket.shutdown(socket.SHUT_WR)
    connection.wait_for_its_end()


@behaviour(PLAIN)
def silence(connection):
    connection.wait_for_its_end()


@behaviour(PLAIN)
def silence_within_the_head(connection):
    connection.send(OK + b"Content-")
    connection.wait_for_its_end()


@behaviour(PLAIN)
def silence_within_the_body(connection):
    connection.send(OK + b"Content-Length: 9\r\n\r\nhello")
    connection.wait_for_its_end()


@behaviour(PLAIN)
def one_byte_at_a_time(connection):
    for byte in OK + BODY:
        connection.send(bytes([byte]))
        time.sleep(0.002)


@behaviour(PLAIN)
def trickle_without_end(connection):
    connection.send(OK + b"X: ")
    while True:
        connection.send(b"x")
        time.sleep(0.05)


def cut(size, hard):
    def answer(connection):
        connection.send((OK + BODY)[:size])
        if hard:
            time.sleep(0.01)
            connection.reset()
    return answer


for _size in range(len(OK + BODY)):
    CUT["closed_%d" % _size] = cut(_size, False)
    CUT["reset_%d" % _size] = cut(_size, True)


# ---- codings

def coded(name, coding, body):
    said(PLAIN, name, OK + b"Content-Encoding: " + coding + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


ZEROS = gzip.compress(b"\0" * 2**26)
coded("gzip_bomb", b"gzip", ZEROS)
coded("gzip_bomb_twice", b"gzip, gzip", gzip.compress(ZEROS))
coded("deflate_bomb", b"deflate", zlib.compress(b"\0" * 2**26))
coded("gzip_garbage", b"gzip", b"this is no gzip at all")
coded("gzip_cut", b"gzip", gzip.compress(b"hello" * 100)[:30])
coded("gzip_wrong_sum", b"gzip", gzip.compress(b"hello")[:-8] + b"\0" * 8)
coded("gzip_and_more", b"gzip", gzip.compress(b"hello") + b"more")
coded("coding_many", b", ".join([b"gzip"] * 100), gzip.compress(b"hello"))
coded("brotli_garbage", b"br", b"\xff" * 50)
coded("zstd_garbage", b"zstd", b"\xff" * 50)
coded("zstd_window_of_terabytes", b"zstd", b"\x28\xb5\x2f\xfd\x00\xff\x00\x00\x00")
coded("content_coding_unknown", b"rot13", b"uryyb")


# ---- in place of TLS

said(TLS, "tls_plain_http", OK + BODY)
said(TLS, "tls_garbage", b"\x99" * 100)
said(TLS, "tls_alert_handshake_failure", b"\x15\x03\x03\x00\x02\x02\x28")
said(TLS, "tls_alert_version", b"\x15\x03\x03\x00\x02\x02\x46")
said(TLS, "tls_alert_internal_error", b"\x15\x03\x03\x00\x02\x02\x50")
said(TLS, "tls_alert_unknown", b"\x15\x03\x03\x00\x02\x02\xc8")
said(TLS, "tls_record_of_nothing", b"\x16\x03\x03\x00\x00")
said(TLS, "tls_record_too_big", b"\x16\x03\x03\xff\xff" + b"\0" * 100)
said(TLS, "tls_close")


@behaviour(TLS)
def tls_reset(connection):
    connection.reset()


@behaviour(TLS)
def tls_silence(connection):
    connection.wait_for_its_end()


# ---- frames of HTTP/2 (RFC 9113)

GREETING = frame(SETTINGS, 0, 0) + frame(SETTINGS, ACK, 0)


def frames(name, *pieces, then_wait=False):
    def answer(connection):
        connection.send(GREETING)
        for piece in pieces:
            connection.send(piece)
        if then_wait:
            connection.wait_for_its_end()
        time.sleep(0.05)
    HTTP2[name] = answer


CODES = ("no_error", "protocol_error", "internal_error", "flow_control_error", "settings_timeout", "stream_closed",
         "frame_size_error", "refused_stream", "cancel", "compression_error", "connect_error", "enhance_your_calm",
         "inadequate_security", "http_1_1_required")
for _code, _name in enumerate(CODES):
    if _name != "refused_stream":  # sent again: below
        frames("h2_reset_" + _name, frame(RST_STREAM, 0, 1, struct.pack(">I", _code)), then_wait=True)
    if _code != 0:
        frames("h2_goaway_" + _name, frame(GOAWAY, 0, 0, struct.pack(">II", 1, _code) + b"why"))
frames("h2_good", GOOD, then_wait=True)
frames("h2_reset_within_the_body", frame(HEADERS, END_HEADERS, 1, STATUS_200) + frame(DATA, 0, 1, b"hel")
       + frame(RST_STREAM, 0, 1, struct.pack(">I", 8)), then_wait=True)
frames("h2_frame_too_big", b"\xff\xff\xff\x00\x00\x00\x00\x00\x01" + b"\0" * 70000, then_wait=True)
frames("h2_bad_hpack", frame(HEADERS, END_HEADERS, 1, b"\xff\xff\xff\xff\xff\xff\xff\xff"), then_wait=True)
frames("h2_index_beyond_the_table", frame(HEADERS, END_HEADERS, 1, b"\xfe"), then_wait=True)
frames("h2_no_status", frame(HEADERS, END_HEADERS | END_STREAM, 1, field(b"a", b"b")), then_wait=True)
frames("h2_status_text", frame(HEADERS, END_HEADERS | END_STREAM, 1, field(b":status", b"abc")), then_wait=True)
frames("h2_upper_case", frame(HEADERS, END_HEADERS | END_STREAM, 1, STATUS_200 + field(b"Aa", b"b")), then_wait=True)
frames("h2_connection_field", frame(HEADERS, END_HEADERS | END_STREAM, 1, STATUS_200 + field(b"connection", b"close")), then_wait=True)
frames("h2_line_feed_in_a_field", frame(HEADERS, END_HEADERS | END_STREAM, 1, STATUS_200 + field(b"a", b"b\nc: d")), then_wait=True)
frames("h2_length_too_long", frame(HEADERS, END_HEADERS, 1, STATUS_200 + field(b"content-length", b"9"))
       + frame(DATA, END_STREAM, 1, b"hello"), then_wait=True)
frames("h2_length_too_short", frame(HEADERS, END_HEADERS, 1, STATUS_200 + field(b"content-length", b"3"))
       + frame(DATA, END_STREAM, 1, b"hello"), then_wait=True)
frames("h2_data_first", frame(DATA, END_STREAM, 1, b"hello"), then_wait=True)
frames("h2_data_on_another_stream", frame(DATA, END_STREAM, 7, b"hello"), then_wait=True)
frames("h2_data_on_stream_0", frame(DATA, END_STREAM, 0, b"hello"), then_wait=True)
frames("h2_push", frame(PUSH_PROMISE, END_HEADERS, 1, struct.pack(">I", 2) + STATUS_200), then_wait=True)
frames("h2_window_of_0", frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 0)), then_wait=True)
frames("h2_window_overflow", frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 2**31 - 1)) * 2, then_wait=True)
frames("h2_settings_ack_with_payload", frame(SETTINGS, ACK, 0, b"\0" * 6), then_wait=True)
frames("h2_settings_of_5_bytes", frame(SETTINGS, 0, 0, b"\0" * 5), then_wait=True)
frames("h2_settings_bad_frame_size", frame(SETTINGS, 0, 0, struct.pack(">HI", 5, 1)), then_wait=True)
frames("h2_settings_on_a_stream", frame(SETTINGS, 0, 1), then_wait=True)
frames("h2_ping_of_7_bytes", frame(PING, 0, 0, b"\0" * 7), then_wait=True)
frames("h2_padding_beyond_the_end", frame(DATA, PADDED, 1, b"\xff" + b"hello"), then_wait=True)
frames("h2_unknown_frames", frame(99, 255, 1, b"what") * 10 + GOOD, then_wait=True)
frames("h2_continuation_alone", frame(CONTINUATION, END_HEADERS, 1, STATUS_200), then_wait=True)
frames("h2_headers_not_continued", frame(HEADERS, 0, 1, STATUS_200) + frame(PING, 0, 0, b"\0" * 8), then_wait=True)
for _name, _frames in http2_cases.CASES.items():
    frames("h2_" + _name, _frames, then_wait=True)
frames("h2_silence", then_wait=True)
frames("h2_silence_within_the_body", frame(HEADERS, END_HEADERS, 1, STATUS_200) + frame(DATA, 0, 1, b"hel"), then_wait=True)
frames("h2_close")
frames("h2_http_1_1", OK + BODY)
frames("h2_many_informational", frame(HEADERS, END_HEADERS, 1, field(b":status", b"103")) * 50 + GOOD, then_wait=True)
frames("h2_ping_flood", *([frame(PING, 0, 0, b"\0" * 8) * 1000] * 50), GOOD, then_wait=True)
frames("h2_settings_flood", *([frame(SETTINGS, 0, 0, struct.pack(">HI", 3, 100)) * 1000] * 50), GOOD, then_wait=True)
frames("h2_empty_data_flood", frame(HEADERS, END_HEADERS, 1, STATUS_200), *([frame(DATA, 0, 1) * 1000] * 50),
       frame(DATA, END_STREAM, 1, b"hello"), then_wait=True)
frames("h2_priority_flood", *([frame(PRIORITY, 0, 3, b"\0\0\0\0\x10") * 1000] * 50), GOOD, then_wait=True)
frames("h2_hpack_bomb", frame(HEADERS, END_HEADERS | END_STREAM, 1, STATUS_200 + b"\x40\x01a\x7f\x81\x1e" + b"b" * 4000
                              + b"\xbe" * 12000), then_wait=True)


@behaviour(HTTP2)
def h2_continuation_flood(connection):
    connection.send(GREETING + frame(HEADERS, 0, 1, STATUS_200))
    while True:
        connection.send(frame(CONTINUATION, 0, 1, field(b"a", b"b" * 100) * 100))


@behaviour(HTTP2)
def h2_empty_continuation_flood(connection):
    connection.send(GREETING + frame(HEADERS, 0, 1, STATUS_200))
    while True:
        connection.send(frame(CONTINUATION, 0, 1) * 1000)


@behaviour(HTTP2)
def h2_data_without_end(connection):
    connection.send(GREETING + frame(HEADERS, END_HEADERS, 1, STATUS_200))
    while True:
        connection.send(frame(DATA, 0, 1, b"x" * 16384))
        time.sleep(0.01)


@behaviour(HTTP2)
def h2_refused_stream(connection):
    """On every stream of a connection, for ever."""
    connection.send(GREETING)
    stream = 1
    while True:
        connection.send(frame(RST_STREAM, 0, stream, struct.pack(">I", 7)))
        stream += 2
        HostileTarget.next_headers(connection)


@behaviour(HTTP2)
def h2_rapid_reset(connection):
    """Each request is answered and reset at once, and streams that there never were are reset, too."""
    connection.send(GREETING)
    stream = 1
    while True:
        connection.send(frame(HEADERS, END_HEADERS, stream, STATUS_200) + frame(RST_STREAM, 0, stream, struct.pack(">I", 8))
                        + frame(RST_STREAM, 0, stream, struct.pack(">I", 8)) * 1000)
        stream += 2
        HostileTarget.next_headers(connection)


class HostileTarget:
    """Listens on a port for each behaviour."""

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="loadctl-hostile-")
        folder = pathlib.Path(self._folder.name)
        certificates.own(folder)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        self._context.set_alpn_protocols(["h2"])
        self._selector = selectors.DefaultSelector()
        self.urls = {}
        for table, scheme in ((PLAIN, "http"), (CUT, "http"), (TLS, "https"), (HTTP2, "https")):
            for name, answer in table.items():
                listener = socket.create_server(("127.0.0.1", 0), backlog=64)
                self._selector.register(listener, selectors.EVENT_READ, (table, answer))
                self.urls[name] = "%s://127.0.0.1:%d/" % (scheme, listener.getsockname()[1])
        self._running = True
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._running = False
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()
        self._folder.cleanup()

    def _accept(self):
        while self._running:
            for key, _ in self._selector.select(0.2):
                try:
                    client, _ = key.fileobj.accept()
                except OSError:
                    continue
                threading.Thread(target=self._serve, args=(client, *key.data), daemon=True).start()

    def _serve(self, client, table, answer):
        with client:
            try:
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection = Connection(client, self._context if table is HTTP2 else None)
                if table is PLAIN or table is CUT:
                    connection.read_until(b"\r\n\r\n")
                elif table is TLS:
                    connection.read(5)
                    client.setblocking(True)
                else:
                    connection.read(24)
                    self.next_headers(connection)
                answer(connection)
            except OSError:
                pass
            finally:
                connection = None

    @staticmethod
    def next_headers(connection):
        """Reads frames until a request has come."""
        while True:
            length, kind = struct.unpack(">IB", b"\0" + connection.read(4))
            connection.read(5 + length)
            if kind == HEADERS:
                return
