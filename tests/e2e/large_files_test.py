"""Large files that a script opens: the same to agents of this machine, agents elsewhere, and of an archive."""

import json
import unittest

import harness
import remote

SCRIPT = """
import { SharedArray } from 'k6/data';
import fs from 'k6/experimental/fs';
import csv from 'k6/experimental/csv';
const text = open('./rows.json');
const rows = new SharedArray('rows', () => JSON.parse(open('./rows.json')));
const names = new SharedArray('names', () => JSON.parse(open('./names.json')).names);
const bytes = open('./rows.csv', 'b');
const file = await fs.open('./rows.csv');
const parsed = await csv.parse(file, { asObjects: true });
export const options = { vus: 4, iterations: 40 };
export default function () {
  const seen = [text.length, rows.length, rows[20000].id, names[3], names.length, bytes.byteLength,
    new Uint8Array(bytes)[7], parsed.length, parsed[30000].id];
  new Uint8Array(bytes).fill(65, 8);  // nobody else sees it
  console.log('seen ' + JSON.stringify(seen));
}
"""


class LargeFiles(harness.Case):
    def setUp(self):
        super().setUp()
        rows = json.dumps([{"id": i, "note": "n" * 40} for i in range(30000)])
        names = json.dumps({"names": ["\u00fcber %d" % i for i in range(100000)]}, ensure_ascii=False)
        table = "id,note\n" + "".join("%d,%s\n" % (i, "n" * 40) for i in range(40000))
        for text, name in ((rows, "rows.json"), (names, "names.json"), (table, "rows.csv")):
            self.assertGreater(len(text), 1 << 20)
            self.folder.script(text, name)
        self.seen = "seen " + json.dumps([len(rows), 30000, 20000, "\u00fcber 3", 100000, len(table), ord("\n"), 40000, "30000"],
                                         separators=(",", ":"), ensure_ascii=False)

    def expect_seen(self, run):
        self.expect_code(run, 0)
        self.assertEqual(run.stderr.replace('\\"', '"').count(self.seen), 40, "%s\nexpected %s" % (run, self.seen))

    def test_on_this_machine(self):
        for agents in ("1", "3"):
            self.expect_seen(self.run_script(SCRIPT, "-q", "--agents", agents))

    def test_on_agents_elsewhere(self):
        controller = self._enter(remote.Controller())
        self._enter(remote.Agents(controller.address, 2))
        self.expect_seen(self.run_script(SCRIPT, "-q", "--controller", controller.address, "--agents", "2"))

    def test_of_an_archive(self):
        script = self.folder.script(SCRIPT)
        archive = str(self.folder.path / "a.tar")
        self.expect_code(harness.loadctl("archive", "-O", archive, script, cwd=str(self.folder.path), export=False), 0)
        for name in ("rows.json", "names.json", "rows.csv"):
            (self.folder.path / name).unlink()
        self.expect_seen(harness.loadctl("run", "-q", archive, cwd="/"))

    def test_that_cannot_be_read_say_why(self):
        run = self.run_script("open('./none.csv'); export default function () {}", "-q")
        self.expect_code(run, 107)
        self.expect_text(run, "none.csv: no such file or directory")


if __name__ == "__main__":
    unittest.main()
