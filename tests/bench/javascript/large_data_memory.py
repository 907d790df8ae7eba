#!/usr/bin/env python3
"""What large data costs with 200 VUs: the most memory that loadctl and its agents had at once, as a multiple of the file.

    tests/bench/javascript/large_data_memory.py [--vus N] [--json MEGABYTES] [--letters MEGABYTES] [--csv MEGABYTES] [--bytes MEGABYTES]

A SharedArray of JSON (100 MB by default), the same with texts that are not ASCII (100 MB), rows of csv.parse() (1,000 MB), and a buffer of open(path, 'b') (100 MB). 0 leaves one out.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import bench_support  # noqa: E402  (found by the line above)

NOTE = "n" * 60
SHARED_ARRAY = """
import { SharedArray } from 'k6/data';
const rows = new SharedArray('rows', () => JSON.parse(open('./data')));
const noteOf = (index) => rows[index % rows.length].note;
"""
KINDS = {
    "json": (SHARED_ARRAY, "[", json.dumps({"id": 1, "name": "somebody", "note": NOTE}), ",", "]"),
    "letters": (SHARED_ARRAY, "[", json.dumps({"id": 1, "name": "Владимир", "note": "ж" * 60}, ensure_ascii=False), ",", "]"),
    "csv": ("""
import csv from 'k6/experimental/csv';
import fs from 'k6/experimental/fs';
const rows = await csv.parse(await fs.open('./data'), { skipFirstLine: true });
const noteOf = (index) => rows[index % rows.length][2];
""", "id,name,note\n", "1,somebody," + NOTE, "\n", "\n"),
    "bytes": ("""
const bytes = new Uint8Array(open('./data', 'b'));
const noteOf = (index) => { const at = index % 1000 * 60; return bytes.subarray(at, at + 60); };
""", "", NOTE, "", ""),
}
RUN = """
export const options = { vus: %d, iterations: %d };
export default function () {
  if (noteOf(__VU * 7919).length !== 60) throw new Error('a broken row');
}
"""


def write(path, size, before, row, between, after):
    """A file of about `size` bytes."""
    block = between.join([row] * 10_000)
    with path.open("w", encoding="utf-8") as out:
        out.write(before + block)
        for _ in range(max(0, size // len(block.encode()) - 1)):
            out.write(between + block)
        out.write(after)


def memory(process):
    """Bytes of a process and of its children, theirs included. What processes share counts once (Pss)."""
    try:
        rollup = pathlib.Path("/proc/%d/smaps_rollup" % process).read_text()
        children = pathlib.Path("/proc/%d/task/%d/children" % (process, process)).read_text().split()
    except OSError:
        return 0
    own = next((int(line.split()[1]) * 1024 for line in rollup.splitlines() if line.startswith("Pss:")), 0)
    return own + sum(memory(int(child)) for child in children)


def measure(kind, size, vus):
    script, *parts = KINDS[kind]
    with tempfile.TemporaryDirectory() as folder:
        data = pathlib.Path(folder) / "data"
        write(data, size, *parts)
        path = pathlib.Path(folder) / "s.js"
        path.write_text(script + RUN % (vus, vus))
        command = [bench_support.LOADCTL, "run", "-q", "--summary-mode", "disabled", str(path)]
        process = subprocess.Popen(command, env=bench_support.environment(), stdin=subprocess.DEVNULL)
        most = 0
        while process.poll() is None:
            most = max(most, memory(process.pid))
            time.sleep(0.02)
        size = data.stat().st_size
    print("%d VUs, %.0f MB of %s: exit %d, at most %.0f MB, %.2f times the file"
          % (vus, size / 1e6, kind, process.returncode, most / 1e6, most / size), flush=True)


def main():
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("--vus", type=int, default=200)
    for kind, megabytes in (("json", 100), ("letters", 100), ("csv", 1000), ("bytes", 100)):
        flags.add_argument("--" + kind, type=int, default=megabytes)
    given = flags.parse_args()
    for kind in KINDS:
        if getattr(given, kind) > 0:
            measure(kind, getattr(given, kind) * 1_000_000, given.vus)


if __name__ == "__main__":
    main()
