"""--out parquet: files that others can read, held against the summary and the json output."""

import collections
import datetime
import importlib
import json
import subprocess
import sys
import unittest

import harness
import outputs_test


class Parquet(outputs_test.Outputs):
    """Read back by pyarrow."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folders = sorted((harness.ROOT / ".deps").glob("pyarrow-*"))
        if not folders:
            raise AssertionError("no pyarrow: run scripts/install --tests")
        sys.path.insert(0, str(folders[-1]))
        cls.parquet = importlib.import_module("pyarrow.parquet")

    def rows(self, name):
        return self.parquet.read_table(str(self.folder.path / name)).to_pylist()

    def test_a_row_a_second_and_series(self):
        path = self.folder.path / "out.parquet"
        run = self.run_script(outputs_test.SCRIPT, "--agents", "3", "-o", "parquet=%s" % path)
        self.expect_code(run, 0)
        rows = self.rows("out.parquet")
        by_metric = collections.defaultdict(list)
        for row in rows:
            by_metric[row["metric"]].append(row)
        for name in ("my_counter", "iterations", "data_sent", "data_received"):
            self.assertAlmostEqual(sum(row["sum"] for row in by_metric[name]), run.count(name), 6, name)
        rate = run.metric("my_rate")
        self.assertEqual(sum(row["samples"] for row in by_metric["my_rate"]), rate["passes"] + rate["fails"])
        self.assertEqual(sum(row["sum"] for row in by_metric["my_rate"]), rate["passes"])
        trend = by_metric["my_trend"]
        self.assertEqual((min(row["min"] for row in trend), max(row["max"] for row in trend)), (0.1, 2.5))
        self.assertEqual({row["type"] for row in trend}, {"trend"})
        self.assertTrue(all(row["p95"] is not None and row["min"] <= row["med"] <= row["p99"] <= row["max"] for row in trend))
        self.assertTrue(all(row["p95"] is None for row in by_metric["my_counter"]))
        self.assertEqual({(row["tag_group"], row["extra_tags"]) for row in by_metric["my_counter"]},
                         {("::setup", '{"run":"r"}'), ("::g", '{"call":"1","run":"r","sc":"x"}')})
        seconds = {(row["time"], row["metric"], row["tag_group"], row["tag_check"], row["extra_tags"]) for row in rows}
        self.assertEqual(len(seconds), len(rows))
        self.assertTrue(all(row["time"].microsecond == 0 for row in rows))
        now = datetime.datetime.now(datetime.timezone.utc)
        self.assertLess(abs((rows[0]["time"] - now).total_seconds()), 300)

    def test_a_row_a_sample_is_what_json_has(self):
        run = self.run_script(outputs_test.SCRIPT, "--agents", "2", "--system-tags", "group,check,scenario,vu,iter", "-o",
                              "parquet=file=%s,rows=samples" % (self.folder.path / "a.parquet"),
                              "-o", "json=%s" % (self.folder.path / "a.json"))
        self.expect_code(run, 0)

        def tags_of(row):
            tags = {name[4:]: value for name, value in row.items() if name.startswith("tag_") and value is not None}
            return tuple(sorted({**tags, **json.loads(row["extra_tags"] or "{}")}.items()))
        from_parquet = collections.Counter(
            (row["metric"], row["value"], tags_of(row), row["metadata"] and tuple(sorted(json.loads(row["metadata"]).items())))
            for row in self.rows("a.parquet"))
        from_json = collections.Counter(
            (point["metric"], point["data"]["value"], tuple(sorted(point["data"]["tags"].items())),
             "metadata" in point["data"] and tuple(sorted(point["data"]["metadata"].items())) or None)
            for point in self.points("a.json"))
        self.assertEqual(from_parquet, from_json)

    def test_odd_tags_and_many_of_them(self):
        odd = "\n\"'\\,= \u2028\u00e4" + "x" * 70000
        run = self.run_script("""
            import { Trend } from 'k6/metrics'; const t = new Trend('tt');
            export const options = { iterations: 1 };
            export default function () {
              for (let i = 0; i < 3000; ++i) t.add(i, { n: String(i %% 700), scenario: i %% 2 ? 'a' : 'b' });
              t.add(1, { odd: %s, group: %s });
            }""" % (json.dumps(odd), json.dumps(odd)), "-o",
            "parquet=rows=samples,file=%s" % (self.folder.path / "a.parquet"))
        self.expect_code(run, 0)
        rows = [row for row in self.rows("a.parquet") if row["metric"] == "tt"]
        self.assertEqual(len(rows), 3001)
        self.assertEqual([row["value"] for row in rows[:3000]], list(map(float, range(3000))))
        self.assertEqual([json.loads(row["extra_tags"])["n"] for row in rows[:3000]], [str(i % 700) for i in range(3000)])
        self.assertEqual([row["tag_scenario"] for row in rows[:3000]], ["ab"[(i + 1) % 2] for i in range(3000)])
        self.assertEqual((json.loads(rows[3000]["extra_tags"])["odd"], rows[3000]["tag_group"]), (odd, odd))

    def test_bad_files(self):
        for argument, text in (("/nonexistent/x", "no such file or directory"), ("/dev/null", "must be a regular file"),
                               ("rows=columns", "neither"), ("file=", "neither")):
            run = self.run_script("export default function () {}", "-o", "parquet=" + argument)
            self.assertEqual(run.code, 255, str(run))
            self.expect_text(run, text)

    def test_a_full_disk_is_counted_and_what_there_is_stays_whole(self):
        mount = self.folder.path / "small"
        mount.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", mount], check=True)
        self.addCleanup(subprocess.run, ["umount", mount], check=True)
        run = self.run_script("""
            import { Trend } from 'k6/metrics'; const t = new Trend('tt');
            export const options = { iterations: 1 };
            export default function () { for (let i = 0; i < 50000; ++i) t.add(Math.random()); }""", "-o",
            "parquet=rows=samples,file=%s" % (mount / "a.parquet"), "--fail-on", "output-loss")
        self.expect_code(run, 112)
        self.expect_text(run, "the parquet output loses samples: write %s: no space left on device" % (mount / "a.parquet"))
        self.assertEqual(self.parquet.read_table(str(mount / "a.parquet")).num_rows, 0)


if __name__ == "__main__":
    unittest.main()
