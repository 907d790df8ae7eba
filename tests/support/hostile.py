"""Peers that speak the wire and may lie: agents, clients and controllers for tests, each honest until it is twisted.

    with remote.Controller() as controller, hostile.Agent(controller.address) as agent:
        agent.twist = lambda step, message: ...      # what it sends instead
        outcome = hostile.Client(controller.address).run(submission)

Needs python3-grpcio, python3-protobuf and protoc; the message classes are made from proto/ when this is imported.
"""

import atexit
import collections
import importlib
import itertools
import os
import pathlib
import queue
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import time
from concurrent import futures

import harness
import remote

# Another Python than the system's may come first in PATH; the modules are the system's.
for _folder in ("/usr/lib/python3/dist-packages",):
    if _folder not in sys.path:
        sys.path.append(_folder)
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

import grpc  # noqa: E402


def _load_protos():
    folder = tempfile.mkdtemp(prefix="loadctl-proto-")
    atexit.register(shutil.rmtree, folder, True)
    protos = sorted((harness.ROOT / "proto").rglob("*.proto"))
    subprocess.run(["protoc", "-I", str(harness.ROOT / "proto"), "--python_out", folder, *map(str, protos)], check=True)
    sys.path.insert(0, folder)
    return (importlib.import_module("loadctl.v1.session_pb2"), importlib.import_module("loadctl.v1.clients_pb2"))


session, clients = _load_protos()
AGENTS, CLIENTS = "/loadctl.v1.Agents/Attach", "/loadctl.v1.Clients/Attach"
OPTIONS = [("grpc.use_local_subchannel_pool", 1), ("grpc.max_receive_message_length", -1),
           ("grpc.max_send_message_length", -1)]
# ErrorCode, common/base/error.h
GENERIC, INVALID_CONFIG, SCRIPT, SETUP_TIMEOUT, SCRIPT_ABORTED, AGENT_LOST = 0, 1, 2, 3, 6, 11
COUNTER, GAUGE, RATE, TREND = range(4)
PROTOCOL_MAJOR = 2  # common/wire/reliable.h
DEFAULT, TIME, DATA = range(3)


# ---- deltas: common/metrics/delta.h

def unsigned(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7f | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def signed(value):
    return unsigned((value << 1) ^ (value >> 63) if value < 0 else value << 1)


def text(value):
    value = value.encode() if isinstance(value, str) else value
    return unsigned(len(value)) + value


def double(*values):
    return struct.pack("<%dd" % len(values), *values)


def series(metric, kind, body, contains=DEFAULT, suffix=""):
    return bytes([kind | contains << 2]) + text(metric) + text(suffix) + body


def counter(metric, value, **more):
    return series(metric, COUNTER, double(value), **more)


def rate(metric, nonzero, total, **more):
    return series(metric, RATE, unsigned(nonzero) + unsigned(total), **more)


def gauge(metric, value, low=None, high=None, **more):
    low, high = (value if end is None else end for end in (low, high))
    return series(metric, GAUGE, double(value, low, high) + signed(time.time_ns()) + unsigned(0), **more)


def trend(metric, *values, contains=TIME, **more):
    return series(metric, TREND, b"\0" + unsigned(len(values)) + double(*values), contains=contains, **more)


def check(name, passes, fails, group=""):
    return text(group) + text(name) + unsigned(passes) + unsigned(fails) + unsigned(1)


class Delta:
    """One delta; every field may be changed before bytes() makes it."""

    def __init__(self, epoch, sequence, interval, final=False):
        self.agent, self.epoch, self.sequence, self.final = 1, epoch, sequence, final
        self.first, self.interval = interval, interval
        self.series, self.checks, self.groups, self.tail = [], [], [], b""

    def __bytes__(self):
        out = b"\1" + unsigned(self.agent) + unsigned(self.epoch) + unsigned(self.sequence)
        out += signed(self.first) + signed(self.interval) + bytes([self.final])
        for part in (self.series, self.checks, [text(group) for group in self.groups]):
            out += unsigned(len(part)) + b"".join(part)
        return out + self.tail


# ---- streams

class _Stream:
    """One end of a reliable stream that this side dials: numbers, acknowledgements, a thread that reads."""

    def __init__(self, address, method, sends, receives, credentials=None, metadata=None):
        self._sends = sends
        self._out = queue.Queue()
        self._number, self.taken = itertools.count(1), 0
        self.acknowledges = True
        self.log = []          # messages that came, in order
        self._arrived = threading.Condition()
        self.error = None      # why the stream ended, once it has
        self._channel = (grpc.secure_channel(address, credentials, OPTIONS) if credentials
                         else grpc.insecure_channel(address, OPTIONS))
        if metadata is None:
            token = remote.token(address)
            metadata = (("authorization", "Bearer " + token),) if token and not credentials else ()
        call = self._channel.stream_stream(method, sends.SerializeToString, receives.FromString)
        self._call = call(iter(self._out.get, None), metadata=metadata)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._out.put(None)
        self._call.cancel()
        self._reader.join(5)
        self._channel.close()

    def send(self, message, number=None):
        """Sends a reliable message under the next number, or under `number`; 0 for what may be lost."""
        message.number = next(self._number) if number is None else number
        if self.acknowledges:
            message.acknowledged = self.taken
        self._out.put(message)

    def tell(self, message):
        self.send(message, 0)

    def make(self, body, **fields):
        message = self._sends()
        part = getattr(message, body)
        if isinstance(part, bytes):
            setattr(message, body, fields["value"])
        else:
            part.SetInParent()
            for name, value in fields.items():
                setattr(part, name, value)
        return message

    def _read(self):
        try:
            for message in self._call:
                if message.number:
                    self.taken = max(self.taken, message.number)
                with self._arrived:
                    self.log.append(message)
                    self._arrived.notify_all()
                self.take(message)
            self.error = "ended"
        except grpc.RpcError as error:
            self.error = "%s: %s" % (error.code().name, error.details())
        with self._arrived:
            self._arrived.notify_all()

    def take(self, message):
        """For those who answer."""

    def wait(self, body, seconds=harness.TIMEOUT_SECONDS):
        """The first message with this body, or event with it; None if the stream ends before. Fails when neither
        comes."""
        def found():
            return next((one for one in self.log if body in (
                one.WhichOneof("body"), one.WhichOneof("body") == "event" and one.event.WhichOneof("body"))), None)
        with self._arrived:
            self._arrived.wait_for(lambda: found() or self.error, seconds)
        if not found() and not self.error:
            raise AssertionError("no %s within %d s; there came %s" % (
                body, seconds, collections.Counter(one.WhichOneof("body") for one in self.log)))
        return found()

    def wait_for_end(self, seconds=harness.TIMEOUT_SECONDS):
        with self._arrived:
            self._arrived.wait_for(lambda: self.error, seconds)
        if not self.error:
            raise AssertionError("the stream does not end within %d s" % seconds)
        return self.error


class Agent(_Stream):
    """Does the scenarios of a Prepare in no time and counts them: every iteration it was to do, complete.

    twist(step, message) may change or replace what it says: a message, several, or none. Steps: hello, bundle_wanted,
    ready, call_done, delta, run_done, controlled, last_delta, flushed, clock; `delta` and `last_delta` get a Delta.
    """

    def __init__(self, address, planned=None, twist=None, vus=1, epoch=None, credentials=None, metadata=None, greet=True,
                 vu_seconds=None, lasts=0):
        self.planned, self.vus = planned or {}, vus  # iterations by scenario
        self.vu_seconds = vu_seconds or {}           # the same of time with VUs
        self.lasts = lasts                           # seconds until the scenarios end
        self.twist = twist or (lambda step, message: message)
        self.epoch = epoch or random.getrandbits(63) | 1
        self._sequence, self.assignment = 0, 1
        self._stop = threading.Event()
        super().__init__(address, AGENTS, session.FromAgent, session.ToAgent, credentials, metadata)
        if greet:
            self.greet()
        threading.Thread(target=self._beat, daemon=True).start()

    def greet(self, **fields):
        hello = dict(protocol_major=PROTOCOL_MAJOR, protocol_minor=0, version=b"0", epoch=self.epoch, name=b"hostile:1", workers=1)
        hello.update(fields)
        self.say("hello", self.make("hello", **hello), number=0)

    def close(self):
        self._stop.set()
        super().close()

    def say(self, step, message, number=None):
        said = self.twist(step, message)
        for one in said if isinstance(said, list) else [said] if said is not None else []:
            if isinstance(one, Delta):
                one = bytes(one)
            if isinstance(one, bytes):
                one = self.make("delta", assignment=self.assignment, encoded=one)
            self.send(one, number)

    def delta(self, final=False):
        self._sequence += 1
        return Delta(self.epoch, self._sequence, self._sequence - 1, final)

    def _beat(self):
        while not self._stop.wait(0.5):
            self.tell(self.make("heartbeat"))

    def take(self, message):
        body = message.WhichOneof("body")
        handler = getattr(self, "_on_" + body, None) if body else None
        if handler:
            handler(getattr(message, body))

    def _on_clock(self, clock):
        self.say("clock", self.make("clock", controller_ns=clock.controller_ns, agent_ns=time.monotonic_ns()), number=0)

    def _on_prepare(self, prepare):
        self.assignment = prepare.assignments[0].id
        self.say("bundle_wanted", self.make("bundle_wanted"))

    def _on_bundle_chunk(self, chunk):
        if chunk.last:
            self.say("ready", self.make("ready", vus=self.vus))

    def _on_call(self, call):
        done = self.make("call_done", function=call.function)
        if call.function == session.Call.SETUP:
            done.call_done.has_result, done.call_done.result_json = True, b"{}"
        self.say("call_done", done)

    def _on_start(self, _):
        done = self.make("run_done")
        delta = self.delta()
        total = 0
        for name, planned in self.planned.items():
            part = done.run_done.scenarios.add(name=name.encode(), started=planned, complete=planned,
                                               vu_time_us=int(self.vu_seconds.get(name, 0) * 1e6))
            total += part.started
        for field in ("planned", "started", "complete"):
            setattr(done.run_done, field, total)
        delta.series = [counter("iterations", total), gauge("vus", self.vus), gauge("vus_max", self.vus)]
        self.say("delta", delta)
        if not self.lasts:
            return self.say("run_done", done)
        timer = threading.Timer(self.lasts, self.say, ("run_done", done))
        timer.daemon = True
        timer.start()

    def _on_scale(self, scale):
        self.say("controlled", self.make("controlled", serial=scale.serial))

    def _on_flush(self, _):
        self.say("last_delta", self.delta(final=True))
        self.say("flushed", self.make("flushed", deltas=self._sequence))


class Client(_Stream):
    """Submits what was recorded of a real client, and waits."""

    def __init__(self, address, credentials=None, metadata=None, greet=True):
        super().__init__(address, CLIENTS, clients.FromClient, clients.ToClient, credentials, metadata)
        self._stop = threading.Event()
        if greet:
            self.greet()
            threading.Thread(target=self._beat, daemon=True).start()

    def greet(self, **fields):
        hello = dict(protocol_major=PROTOCOL_MAJOR, protocol_minor=0, version=b"0", epoch=random.getrandbits(63) | 1,
                     name=b"hostile:2")
        hello.update(fields)
        self.tell(self.make("hello", **hello))

    def _beat(self):
        while not self._stop.wait(0.5):
            self.tell(self.make("heartbeat"))

    def close(self):
        self._stop.set()
        super().close()

    def submit(self, recorded, **fields):
        message = self.make("submission")
        message.submission.CopyFrom(recorded.submission)
        for name, value in fields.items():
            if callable(value):
                value(message.submission)
            else:
                setattr(message.submission, name, value)
        self.send(message)
        for chunk in recorded.chunks:
            self.send(self.make("bundle_chunk", data=chunk.data, last=chunk.last))

    def run(self, recorded, **fields):
        """The outcome of a run, taken and acknowledged; None if the controller ends the stream instead."""
        self.submit(recorded, **fields)
        return self.finish()

    def finish(self):
        message = self.wait("outcome")
        if message is None:
            return None
        self.tell(self.make("heartbeat"))
        self.wait_for_end()
        return message.event.outcome


def credentials(folder, name):
    """Of a certificate that `loadctl certs` made in a folder."""
    files = [pathlib.Path(folder) / file for file in ("ca.pem", name + ".key", name + ".pem")]
    return grpc.ssl_channel_credentials(*[file.read_bytes() for file in files])


class Recorded:
    """What a real `loadctl run --controller` submits."""

    def __init__(self, submission, chunks):
        self.submission, self.chunks = submission, chunks


class Controller:
    """A controller that accepts whoever comes and calls on_client(message, reply) and on_agent(message, reply) for each
    message that comes; reply(message, number=None) sends. on_agent_hello(reply) is called after the welcome."""

    def __init__(self, on_client=None, on_agent=None):
        self.on_client, self.on_agent = on_client, on_agent
        self._server = grpc.server(futures.ThreadPoolExecutor(16), options=OPTIONS)
        handlers = {
            "/loadctl.v1.Agents/Attach": grpc.stream_stream_rpc_method_handler(
                lambda incoming, _: self._serve(incoming, session.ToAgent, lambda *a: self.on_agent(*a)),
                session.FromAgent.FromString, session.ToAgent.SerializeToString),
            "/loadctl.v1.Clients/Attach": grpc.stream_stream_rpc_method_handler(
                lambda incoming, _: self._serve(incoming, clients.ToClient, lambda *a: self.on_client(*a)),
                clients.FromClient.FromString, clients.ToClient.SerializeToString),
        }

        class Handler(grpc.GenericRpcHandler):
            def service(self, details):
                return handlers.get(details.method)

        self._server.add_generic_rpc_handlers((Handler(),))
        self.address = "127.0.0.1:%d" % self._server.add_insecure_port("127.0.0.1:0")

    def __enter__(self):
        self._server.start()
        return self

    def __exit__(self, *_):
        self._server.stop(0)

    @staticmethod
    def _serve(incoming, sends, handle):
        out, numbers, taken = queue.Queue(), itertools.count(1), [0]

        def reply(message, number=None):
            if message is None:
                return out.put(None)
            message.number = next(numbers) if number is None else number
            message.acknowledged = taken[0]
            out.put(message)

        def read():
            try:
                for message in incoming:
                    taken[0] = max(taken[0], message.number)
                    if message.HasField("hello"):
                        welcome = sends()
                        welcome.welcome.protocol_major = PROTOCOL_MAJOR
                        if sends is session.ToAgent:
                            welcome.welcome.agent = 1
                        reply(welcome, 0)
                    handle(message, reply)
            except Exception:  # the peer is gone
                pass
            out.put(None)

        threading.Thread(target=read, daemon=True).start()
        yield from iter(out.get, None)


def record(script, *flags, cwd=None):
    """Runs `loadctl run --controller` on a controller of this module, and keeps what it submits."""
    submission, chunks = [], []

    def on_client(message, reply):
        if message.HasField("submission"):
            submission.append(message.submission)
        if message.HasField("bundle_chunk"):
            chunks.append(message.bundle_chunk)
            if message.bundle_chunk.last:
                done = clients.ToClient()
                done.event.number = 1
                done.event.outcome.SetInParent()
                reply(done)
        elif message.acknowledged:  # the outcome is there
            reply(None)

    with Controller(on_client=on_client) as controller:
        run = harness.loadctl("run", "-q", "--controller", controller.address, *flags, script, cwd=cwd)
    if not submission:
        raise AssertionError("nothing was submitted: %s" % run)
    return Recorded(submission[0], chunks)
