"""VUs that share a JavaScript context (--vu-isolation=compartment) do what VUs with contexts of their own do."""

import sys
import unittest

import harness

VUS = """
import { check, sleep } from 'k6';
import exec from 'k6/execution';
export const options = { scenarios: { a: { executor: 'per-vu-iterations', vus: 60, iterations: 3 } } };
const kept = [];
globalThis.mine = [];
export default async function () {
  kept.push(__VU);
  globalThis.mine.push(__ITER);
  sleep(0.01);
  await new Promise((done) => setTimeout(done, 1));
  check(null, {
    'kept': () => kept.length === __ITER + 1 && kept.every((id) => id === exec.vu.idInInstance),
    'mine': () => globalThis.mine.join() === [0, 1, 2].slice(0, __ITER + 1).join(),
  });
}
"""


class Isolation(harness.Case):
    def test_each_vu_has_its_own_values(self):
        for isolation in ("context", "compartment"):
            run = self.run_script(VUS, "--vu-isolation", isolation)
            self.expect_code(run, 0)
            self.assertIn("100.00% 360 out of 360", run.stdout, str(run))
            self.assertNotIn("context of its own", run.stderr)

    def test_scripts_that_need_contexts_get_them(self):
        for code, why in (("Array.prototype.mine = 1;", "its init code fails otherwise"),
                          ("Error.stackTraceLimit = 3;", "`stackTraceLimit`")):
            run = self.run_script(code + VUS, "--vu-isolation", "compartment")
            self.expect_code(run, 0)
            self.assertIn("100.00% 360 out of 360", run.stdout, str(run))
            self.assertIn("each VU has a context of its own all the same: ", run.stderr)
            self.assertIn(why, run.stderr)

    def test_buffers_of_one_file_are_each_vus_own_and_one_memory(self):
        (self.folder.path / "large.bin").write_bytes(b"\1\2" * (8 << 20))
        (self.folder.path / "small.bin").write_bytes(b"\1\2\3")
        text = """
const large = open('./large.bin', 'b'), small = open('./small.bin', 'b'), again = open('./large.bin', 'b');
export const options = { scenarios: { a: { executor: 'per-vu-iterations', vus: 50, iterations: 2 } } };
export default function () {
  const bytes = new Uint8Array(large), few = new Uint8Array(small);
  if (bytes.length !== 16 << 20 || few.length !== 3) throw new Error('size');
  const want = __ITER === 0 ? '1,1,1,2' : [__VU, __VU, 1, 2].join();
  const have = [bytes[0], few[0], new Uint8Array(again)[0], bytes.at(-1)].join();
  if (have !== want) throw new Error(have);
  bytes[0] = few[0] = __VU;
}
"""
        for isolation in ("context", "compartment"):
            run = self.run_script(text, "--agents", "2", "--vu-isolation", isolation, "--fail-on", "exception")
            self.expect_code(run, 0)
            # 25 VUs an agent with two buffers of 16 MiB each: 800 MiB if they were copies.
            for entry in run.export["loadctl"]["ledger"]:
                self.assertLess(entry["memory_peak_bytes"], 400 << 20, str(run))


if __name__ == "__main__":
    sys.exit(unittest.main())
