"""Rows of `loadctl/data`: each once in a whole test, whatever its VUs and agents are."""

import collections
import re
import unittest

import harness
import remote

SCRIPT = """
import { open } from 'k6/experimental/fs';
import { SharedArray } from 'k6/data';
import { Rows } from 'loadctl/data';
export const options = { scenarios: { a: { executor: 'shared-iterations', vus: 7, iterations: %(iterations)d } } };
%(rows)s
export default function () { const row = rows.next(); console.log('row ' + (row.n ?? row[0] ?? row)); }
"""
OF_FILE = "const rows = new Rows('users', await open('./users.csv'), { asObjects: true, %s });"
OF_ARRAY = "const rows = new Rows('users', new SharedArray('u', () => Array.from({ length: 100 }, (_, i) => ({ n: i }))), { %s });"


class Picking(harness.Case):
    def setUp(self):
        super().setUp()
        self.folder.script("n,name\n" + "".join('%d,"user, %d\nof two lines"\n' % (i, i) for i in range(100)), "users.csv")

    def rows(self, run):
        return collections.Counter(int(number) for number in re.findall(r"row (\d+)", run.stderr))

    def test_unique_over_vus_and_agents(self):
        for source in (OF_FILE, OF_ARRAY):
            for agents in (1, 3):
                run = self.run_script(SCRIPT % {"iterations": 100, "rows": source % "pick: 'unique'"}, "-q", "--agents",
                                      str(agents))
                self.expect_code(run, 0)
                self.assertEqual(self.rows(run), collections.Counter(range(100)), run)

    def test_agents_have_rows_for_the_iterations_of_their_vus(self):
        text = SCRIPT % {"iterations": 1, "rows": OF_FILE % "pick: 'unique'"}
        text = text.replace("'shared-iterations', vus: 7, iterations: 1", "'per-vu-iterations', vus: 5, iterations: 20")
        run = self.run_script(text, "-q", "--agents", "3")
        self.expect_code(run, 0)
        self.assertEqual(self.rows(run), collections.Counter(range(100)), run)

    def test_scenarios_of_different_sizes_share_rows_without_twins(self):
        text = SCRIPT % {"iterations": 30, "rows": OF_FILE % "pick: 'unique'"}
        text = text.replace("iterations: 30 }", "iterations: 30 }, b: { executor: 'per-vu-iterations', vus: 2, iterations: 9 }")
        run = self.run_script(text, "-q", "--agents", "3")
        self.expect_code(run, 0)
        rows = self.rows(run)
        self.assertEqual((len(rows), set(rows.values())), (48, {1}), run)

    def test_unique_on_a_controller(self):
        controller = self._enter(remote.Controller())
        self._enter(remote.Agents(controller.address, 2))
        run = self.run_script(SCRIPT % {"iterations": 100, "rows": OF_FILE % "pick: 'unique'"}, "-q", "--controller",
                              controller.address, "--agents", "2")
        self.expect_code(run, 0)
        self.assertEqual(self.rows(run), collections.Counter(range(100)))

    def test_the_end_stops_the_test_or_begins_anew(self):
        run = self.run_script(SCRIPT % {"iterations": 500, "rows": OF_FILE % "pick: 'unique'"}, "-q", "--agents", "2")
        self.expect_code(run, 108)
        self.assertRegex(run.errors()[0], r"this agent's (43|57|58|42) of 100 rows are used up")
        self.assertEqual(set(self.rows(run).values()), {1}, run)
        run = self.run_script(SCRIPT % {"iterations": 101, "rows": OF_FILE % ""}, "-q")
        self.expect_code(run, 108)
        self.expect_text(run, 'Rows "users": all 100 rows are used up')
        run = self.run_script(SCRIPT % {"iterations": 200, "rows": OF_FILE % "atEnd: 'wrap'"}, "-q", "--agents", "2")
        self.expect_code(run, 0)
        self.assertEqual(self.rows(run), collections.Counter({i: 2 for i in range(100)}))

    def test_sequential_and_random(self):
        text = (SCRIPT % {"iterations": 1, "rows": OF_FILE % "pick: 'sequential', atEnd: 'wrap'"}).replace(
            "'shared-iterations', vus: 7, iterations: 1", "'per-vu-iterations', vus: 2, iterations: 140")
        run = self.run_script(text, "-q")
        self.expect_code(run, 0)
        self.assertEqual(self.rows(run), collections.Counter({i: 4 if i < 40 else 2 for i in range(100)}))
        run = self.run_script(SCRIPT % {"iterations": 200, "rows": OF_FILE % "pick: 'random'"}, "-q")
        self.expect_code(run, 0)
        self.assertGreater(len(self.rows(run)), 50)

    def test_places(self):
        run = self.run_script(SCRIPT % {"iterations": 1, "rows": OF_FILE % ""} +
                              "console.log(rows.length, rows.at(0).name, rows.at(-1).n, rows.at(100), rows.at(37).n);", "-q")
        self.expect_text(run, r"100 user, 0\nof two lines 99 undefined 37")

    def test_what_is_wrong_is_said(self):
        self.folder.script("a,b\n1\n", "ragged.csv")
        self.folder.script("a,b\n", "none.csv")
        for rows, text in (
                ("new Rows('', [1]);", "empty name"), ("new Rows('u', 5);", "rows are those of an array"),
                ("new Rows('u', []);", 'Rows "u" has no rows'),
                ("new Rows('u', [1], { pick: 'best' });", "pick is 'unique', 'sequential' or 'random', not best"),
                ("new Rows('u', [1], { atEnd: 'cry' });", "atEnd is 'stop' or 'wrap', not cry"),
                ("new Rows('u', [1], { pick: 'random', atEnd: 'stop' });", "random rows have no end"),
                ("new Rows('u', [1], { asObjects: true });", "asObjects is for rows of a file"),
                ("new Rows('u', [1], { order: 1 });", "Rows has no option order"),
                ("new Rows('u', await open('./ragged.csv'));", "record on line 2: wrong number of fields"),
                ("new Rows('u', await open('./none.csv'), { asObjects: true });", 'Rows "u" has no rows'),
                ("new Rows('u', await open('./users.csv'), { delimiter: 'ab' });", "delimiter must be a single character"),
                ("new Rows('u', [1]).next();", "next() gives rows to iterations only")):
            run = self.run_script(SCRIPT % {"iterations": 1, "rows": "const rows = " + rows}, "-q")
            self.expect_code(run, 107)
            self.expect_text(run, text)


if __name__ == "__main__":
    unittest.main()
