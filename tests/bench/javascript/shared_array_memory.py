#!/usr/bin/env python3
"""What a SharedArray of 100 MB of JSON costs with 200 VUs: the most memory loadctl and its agents had at once.

    tests/bench/javascript/shared_array_memory.py [MEGABYTES] [VUS]
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import bench_support  # noqa: E402  (found by the line above)

SCRIPT = """
import { SharedArray } from 'k6/data';
const rows = new SharedArray('rows', () => JSON.parse(open('./rows.json')));
export const options = { vus: %d, iterations: %d };
export default function () {
  const row = rows[(__VU * 7919) %% rows.length];
  if (row.note.length !== 60) throw new Error('a broken row');
}
"""


def memory(process):
    """Bytes of a process and of its children, theirs included. What processes share counts once (Pss)."""
    try:
        rollup = pathlib.Path("/proc/%d/smaps_rollup" % process).read_text()
        children = pathlib.Path("/proc/%d/task/%d/children" % (process, process)).read_text().split()
    except OSError:
        return 0
    own = next((int(line.split()[1]) * 1024 for line in rollup.splitlines() if line.startswith("Pss:")), 0)
    return own + sum(memory(int(child)) for child in children)


def main():
    size = int(sys.argv[1]) * 1_000_000 if len(sys.argv) > 1 else 100_000_000
    vus = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    with tempfile.TemporaryDirectory() as folder:
        row = {"id": 1, "name": "somebody", "note": "n" * 60}
        text = "[" + ",".join([json.dumps(row)] * (size // (len(json.dumps(row)) + 1))) + "]"
        (pathlib.Path(folder) / "rows.json").write_text(text)
        script = pathlib.Path(folder) / "s.js"
        script.write_text(SCRIPT % (vus, vus))
        command = [bench_support.LOADCTL, "run", "-q", "--summary-mode", "disabled", str(script)]
        process = subprocess.Popen(command, env=bench_support.environment(), stdin=subprocess.DEVNULL)
        most = 0
        while process.poll() is None:
            most = max(most, memory(process.pid))
            time.sleep(0.02)
    print("%d VUs, %.0f MB of JSON: exit %d, at most %.0f MB, %.1f times the file"
          % (vus, len(text) / 1e6, process.returncode, most / 1e6, most / len(text)))


if __name__ == "__main__":
    main()
