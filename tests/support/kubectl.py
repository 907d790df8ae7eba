#!/usr/bin/env python3
"""A kubectl of a cluster that is a folder ($LOADCTL_TEST_CLUSTER): pods of Jobs are processes of this machine, started
as the Job's container says, with the Secret's files; port-forward is a proxy. What `loadctl run --kube` uses of kubectl,
and no more: anything else is an error."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading

CLUSTER = pathlib.Path(os.environ["LOADCTL_TEST_CLUSTER"])
TLS = "/run/loadctl/tls"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def port():
    """The controller's, whose pod has 6566."""
    file = CLUSTER / "port"
    if not file.exists():
        file.write_text(str(free_port()))
    return file.read_text()


def start(job, name):
    """A pod of the job."""
    container = job["spec"]["template"]["spec"]["containers"][0]
    secret = CLUSTER / "secret"
    listen, patience = "127.0.0.1:" + port(), {"1m": "3s"}
    words = [word.replace(TLS, str(secret)).replace("0.0.0.0:6566", listen).replace("127.0.0.1:6566", listen) for word in container["args"]]
    words = [patience.get(word, word) for word in words]
    program = pathlib.Path(os.environ["LOADCTL"]).parent / container["command"][0]
    with open(CLUSTER / (name + ".log"), "wb") as log:
        child = subprocess.Popen([program, *container["command"][1:], *words], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                 env={"PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": str(CLUSTER)}, start_new_session=True)
    (CLUSTER / (name + ".pid")).write_text(str(child.pid))


def create(words):
    refuse = CLUSTER / "refuse"
    if refuse.exists():
        sys.exit("Error from server (Forbidden): " + refuse.read_text())
    made = json.load(sys.stdin)
    kind, name = made["kind"], made["metadata"]["name"]
    number = len(list(CLUSTER.glob("*.object")))
    (CLUSTER / ("%02d-%s.object" % (number, kind))).write_text(json.dumps(made))
    made["metadata"]["uid"] = "uid-of-" + name
    if kind == "Service":
        made["spec"]["clusterIP"] = "127.0.0.1"
    if kind == "Secret":
        folder = CLUSTER / "secret"
        folder.mkdir()
        for file, text in made["stringData"].items():
            (folder / file).touch(0o600)
            (folder / file).write_text(text)
        start(json.loads(next(CLUSTER.glob("*-Job.object")).read_text()), "controller")
    if kind == "Job" and made["metadata"].get("ownerReferences"):
        for pod in range(made["spec"]["parallelism"]):
            start(made, "agent-%d" % pod)
    path = words[words.index("-o") + 1]
    value = made
    for key in path.removeprefix("jsonpath={.").removesuffix("}").split("."):
        value = value[key]
    print(value, end="")


def is_up():
    try:
        socket.create_connection(("127.0.0.1", int(port())), 1).close()
    except OSError:
        return False
    return True


def pods():
    """As far as they are looked at; files `waiting` and `events` are what a test wants told."""
    waiting = CLUSTER / "waiting"
    if waiting.exists():
        return json.loads(waiting.read_text())
    out = []
    for file in sorted(CLUSTER.glob("*.pid")):
        status = {"phase": "Running"}
        if file.stem == "controller":
            status["conditions"] = [{"type": "Ready", "status": "True" if is_up() else "False"}]
        out.append({"metadata": {"name": file.stem, "labels": {"loadctl.dev/part": file.stem.split("-")[0]}}, "status": status})
    return out


def get(words):
    if words[words.index("-o") + 1] != "json":
        sys.exit("unknown output")
    if words[1] == "pods":
        items = pods()
    elif words[1] == "events":
        events = CLUSTER / "events"
        items = json.loads(events.read_text()) if events.exists() else []
    else:
        sys.exit("unknown kind " + words[1])
    print(json.dumps({"kind": "List", "items": items}))


def forward(words):
    here = int(words[-1].split(":")[0] or 0)
    listener = socket.create_server(("127.0.0.1", here))
    print("Forwarding from 127.0.0.1:%d -> 6566" % listener.getsockname()[1], flush=True)

    def pump(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        sink.close()
        source.close()

    while True:
        client = listener.accept()[0]
        server = socket.create_connection(("127.0.0.1", int(port())))
        threading.Thread(target=pump, args=(client, server), daemon=True).start()
        threading.Thread(target=pump, args=(server, client), daemon=True).start()


def delete():
    for file in CLUSTER.glob("*.pid"):
        try:
            os.kill(int(file.read_text()), signal.SIGKILL)
        except ProcessLookupError:
            pass
    (CLUSTER / "deleted").touch()


def main(words):
    with open(CLUSTER / "calls", "a") as calls:
        calls.write(" ".join(words) + "\n")
    words = [word for word in words if not word.startswith(("--context=", "--namespace="))]
    if words[0] == "create":
        create(words)
    elif words[0] == "port-forward":
        forward(words)
    elif words[0] == "delete":
        delete()
    elif words[0] == "get":
        get(words)
    else:
        sys.exit("unknown command " + words[0])


if __name__ == "__main__":
    main(sys.argv[1:])
