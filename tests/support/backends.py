"""Backends of outputs, as Debian packages them, each on a port and in a folder of its own. Standard library only.

    with backends.Prometheus() as prometheus:
        harness.loadctl("run", "-o", "experimental-prometheus-rw", script, env=prometheus.environment())
        prometheus.query("k6_http_reqs_total")
"""

import base64
import http.server
import json
import pathlib
import select
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
import urllib.parse
import urllib.request

import harness


def get(url, timeout=10):
    """The JSON that a GET answers."""
    with urllib.request.urlopen(url, timeout=timeout) as answer:
        return json.loads(answer.read())


class Backend:
    """A program that serves HTTP on self.port. `start` and `stop` may be called again: its data stays."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="loadctl-backend-")
        self.folder = pathlib.Path(self._folder.name)
        self.port = harness.free_port()
        self.url = "http://127.0.0.1:%d" % self.port
        self._process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        self._folder.cleanup()

    def start(self):
        command = self.command()
        if not shutil.which(command[0]):
            raise AssertionError("no %s: run scripts/install --tests" % command[0])
        log = open(self.folder / "log", "ab")
        self._process = harness.popen(command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        log.close()
        harness.wait_until(lambda: self.ready() or self._process.poll() is not None, 60, "the start of " + command[0])
        if self._process.poll() is not None:
            raise AssertionError("%s ended:\n%s" % (command[0], (self.folder / "log").read_text()))

    def stop(self):
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def ready(self):
        try:
            urllib.request.urlopen(self.url + self.READY, timeout=2).close()
            return True
        except OSError:
            return False


class Prometheus(Backend):
    READY = "/-/ready"

    def command(self):
        (self.folder / "prometheus.yml").write_text("global: {}\n")
        return ["prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data",
                "--web.listen-address=127.0.0.1:%d" % self.port, "--web.enable-remote-write-receiver",
                "--enable-feature=native-histograms"]

    def environment(self, **more):
        return dict({"K6_PROMETHEUS_RW_SERVER_URL": self.url + "/api/v1/write",
                     "K6_PROMETHEUS_RW_PUSH_INTERVAL": "500ms"}, **more)

    def query(self, text):
        """Labels and value of each series."""
        answer = get(self.url + "/api/v1/query?query=" + urllib.parse.quote(text))
        return [(one["metric"], one.get("value", one.get("histogram"))[1]) for one in answer["data"]["result"]]

    def value(self, text):
        """The value of the one series that there must be."""
        found = self.query(text)
        assert len(found) == 1, (text, found)
        return float(found[0][1])


class InfluxDB(Backend):
    READY = "/ping"

    def command(self):
        (self.folder / "influxdb.conf").write_text("""reporting-disabled = true
bind-address = "127.0.0.1:%d"
[meta]
  dir = "%s/meta"
[data]
  dir = "%s/data"
  wal-dir = "%s/wal"
[http]
  bind-address = "127.0.0.1:%d"
[[udp]]
  enabled = true
  bind-address = "127.0.0.1:%d"
  database = "udp"
  batch-timeout = "100ms"
""" % (self._other_port(), self.folder, self.folder, self.folder, self.port, self.port))
        return ["influxd", "run", "-config", "influxdb.conf"]

    def _other_port(self):
        while True:
            port = harness.free_port()
            if port != self.port:
                return port

    def query(self, text, database="k6"):
        """Rows of the first series, each as a dictionary."""
        answer = get("%s/query?%s" % (self.url, urllib.parse.urlencode({"db": database, "q": text})))
        rows = []
        for series in answer["results"][0].get("series", []):
            for values in series["values"]:
                rows.append(dict(zip(series["columns"], values), **series.get("tags", {})))
        return rows


class Receiver:
    """A backend of the test's own: keeps what is posted, and answers as told: self.answer(how many came) ->
    (status, headers) or (status, headers, body); a status of None hangs up. `taken` has what was answered by 2xx."""

    def __init__(self):
        self.requests = []  # (path, headers, body)
        self.taken = []
        self.answer = lambda number: (204, {})
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                receiver.requests.append((self.path, dict(self.headers), body))
                status, headers, *words = receiver.answer(len(receiver.requests))
                if status is None:  # hang up
                    self.close_connection = True
                    return
                if 200 <= status < 300:
                    receiver.taken.append(receiver.requests[-1])
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if status != 204:
                    self.send_header("Content-Length", str(sum(map(len, words))))
                self.end_headers()
                self.wfile.write(b"".join(words))

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.url = "http://127.0.0.1:%d" % self.port
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


class Datagrams:
    """A UDP backend: keeps what came."""

    def __enter__(self):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self._socket.bind(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self._socket.getsockname()[1]
        self.received = []
        self._end = False
        self._socket.settimeout(0.1)
        self._thread = threading.Thread(target=self._receive, daemon=True)
        self._thread.start()
        return self

    def _receive(self):
        while not self._end:
            try:
                self.received.append(self._socket.recv(1 << 16).decode(errors="replace"))
            except socket.timeout:
                pass

    def __exit__(self, *_):
        self._end = True
        self._thread.join(10)
        self._socket.close()


def protobuf(data):
    """Fields of a message as (number, value): integers, or bytes."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        mark = varint()
        kind = mark & 7
        if kind == 0:
            yield mark >> 3, varint()
        elif kind == 1:
            yield mark >> 3, data[at:at + 8]
            at += 8
        elif kind == 2:
            size = varint()
            yield mark >> 3, data[at:at + size]
            at += size
        else:
            raise AssertionError("wire type %d" % kind)


def double(data):
    return struct.unpack("<d", data)[0]


def fixed(data):
    return struct.unpack("<q", data)[0]


def attributes(message, field):
    found = {}
    for number, pair in protobuf(message):
        if number == field:
            fields = dict(protobuf(pair))
            found[fields[1].decode()] = dict(protobuf(fields[2]))[1].decode()
    return found


def otlp(body):
    """An ExportMetricsServiceRequest of opentelemetry-proto's metrics/v1, by metric."""
    resource = dict(protobuf(dict(protobuf(body))[1]))
    out = {"resource": attributes(resource[1], 1), "metrics": {}}
    for number, metric in protobuf(resource[2]):
        if number != 2:
            continue
        fields = dict(protobuf(metric))
        kind = {5: "gauge", 7: "sum", 9: "histogram"}[next(one for one in (5, 7, 9) if one in fields)]
        data = list(protobuf(fields[{"gauge": 5, "sum": 7, "histogram": 9}[kind]]))
        entry = {"kind": kind, "unit": fields.get(3, b"").decode(), "points": [],
                 "temporality": dict(data).get(2), "monotonic": dict(data).get(3)}
        for field, point in data:
            if field != 1:
                continue
            values = list(protobuf(point))
            one = dict(values)
            if kind == "histogram":
                entry["points"].append({
                    "count": fixed(one[4]), "sum": double(one[5]), "min": double(one[11]), "max": double(one[12]),
                    "buckets": [fixed(value) for number, value in values if number == 6],
                    "attributes": attributes(point, 9)})
            else:
                entry["points"].append({"value": double(one[4]) if 4 in one else fixed(one[6]),
                                        "attributes": attributes(point, 7)})
        out["metrics"][fields[1].decode()] = entry
    return out


def values(message, field):
    """Attributes, whatever their type."""
    found = {}
    for number, pair in protobuf(message):
        if number == field:
            fields = dict(protobuf(pair))
            kind, value = next(protobuf(fields[2]))
            found[fields[1].decode()] = {1: lambda: value.decode(), 3: lambda: value, 4: lambda: double(value)}[kind]()
    return found


def spans(body):
    """The spans of an ExportTraceServiceRequest of opentelemetry-proto's trace/v1."""
    resource = dict(protobuf(dict(protobuf(body))[1]))
    found = []
    for number, span in protobuf(resource[2]):
        if number != 2:
            continue
        fields = dict(protobuf(span))
        status = dict(protobuf(fields.get(15, b"")))
        link = dict(protobuf(fields.get(13, b"")))
        found.append({"trace": fields[1].hex(), "id": fields[2].hex(), "parent": fields.get(4, b"").hex(),
                      "name": fields[5].decode(), "kind": fields[6], "start": fixed(fields[7]), "end": fixed(fields[8]),
                      "attributes": values(span, 9), "status": status.get(3, 0), "link": link.get(2, b"").hex(),
                      "resource": attributes(resource[1], 1)})
    return found


def unsnapped(data):
    """What was compressed by snappy's raw format."""
    at = size = shift = 0
    while True:
        size |= (data[at] & 127) << shift
        shift += 7
        at += 1
        if data[at - 1] < 128:
            break
    out = bytearray()
    while at < len(data):
        mark = data[at]
        at += 1
        if mark & 3 == 0:
            length = mark >> 2
            if length >= 60:
                more = length - 59
                length = int.from_bytes(data[at:at + more], "little")
                at += more
            out += data[at:at + length + 1]
            at += length + 1
            continue
        wide = {1: 1, 2: 2, 3: 4}[mark & 3]
        length = (mark >> 2 & 7) + 4 if wide == 1 else (mark >> 2) + 1
        offset = int.from_bytes(data[at:at + wide], "little") + ((mark >> 5) << 8 if wide == 1 else 0)
        at += wide
        for _ in range(length):
            out.append(out[-offset])
    assert len(out) == size, (len(out), size)
    return bytes(out)


def remote_write(body):
    """Labels and value of each series of a request of Prometheus' remote write 1.0."""
    found = []
    for _, series in protobuf(unsnapped(body)):
        fields = list(protobuf(series))
        pairs = [dict(protobuf(label)) for number, label in fields if number == 1]
        found.append(({pair[1].decode(): pair[2].decode() for pair in pairs},
                      double(dict(protobuf(dict(fields)[2])).get(1, bytes(8)))))
    return found


class GrpcReceiver:
    """A gRPC server (grpc_receiver.py) that takes every unary call, and answers with the bytes given."""

    def __init__(self, answer=b""):
        self._answer = answer.hex()

    def __enter__(self):
        # Debian's own Python has Debian's gRPC.
        self._process = harness.popen(
            ["/usr/bin/python3", "-B", str(pathlib.Path(__file__).with_name("grpc_receiver.py")), self._answer],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, bufsize=0)
        self.port = int(self._process.stdout.readline() or 0)
        if not self.port:
            raise AssertionError("no gRPC for Python: run scripts/install --tests")
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()

    def received(self):
        """Paths and messages of the calls so far, of which there must be one."""
        calls = [json.loads(self._process.stdout.readline())]
        while select.select([self._process.stdout], [], [], 0.2)[0]:
            calls.append(json.loads(self._process.stdout.readline()))
        return [call["path"] for call in calls], [base64.b64decode(call["message"]) for call in calls]
