"""Whatever a server answers, a request ends within its timeout with a defined result, and the run goes on."""

import json
import pathlib
import re
import sys
import unittest

import harness
import hostile_target

SCRIPT = """
import http from 'k6/http';
export const options = { insecureSkipTLSVerify: true, maxResponseBody: 16 * 1024 * 1024 };
export default function () {
  for (const [name, url] of Object.entries(JSON.parse(__ENV.URLS))) {
    const began = Date.now();
    let said;
    try {
      const res = http.get(url, { timeout: '1s' });
      said = `${res.status} ${res.error_code} ${res.error}`;
    } catch (error) { said = `thrown ${error}`; }
    console.log('got', name, Date.now() - began > 5000 ? 'LATE' : 'in time', said);
  }
}
"""


# name, status, code and error of each, as k6 2.2 has them but for what docs/compatibility.md says.
EXPECTED = pathlib.Path(__file__).parents[1] / "golden" / "hostile_target.txt"


class HostileTarget(harness.Case):
    def outcomes(self, urls):
        """{name: what came of it}; every request ended in time."""
        run = self.run_script(SCRIPT, "-e", "URLS=" + json.dumps(urls), "--log-format", "raw")
        self.expect_code(run, 0)
        seen = {}
        for line in run.stderr.splitlines():
            if line.startswith("got "):
                name, rest = line[4:].split(" ", 1)
                self.assertTrue(rest.startswith("in time"), line)
                seen[name] = rest.removeprefix("in time ").strip()
        self.assertEqual(set(seen), set(urls), str(run))
        return seen

    def test_each_answer_has_its_result(self):
        target = self._enter(hostile_target.HostileTarget())
        expected = dict(line.split(" ", 1) for line in EXPECTED.read_text().splitlines())
        tables = (hostile_target.PLAIN, hostile_target.TLS, hostile_target.HTTP2)
        names = [name for table in tables for name in table]
        self.assertEqual(set(expected), set(names))
        seen = self.outcomes({name: target.urls[name] for name in names})
        self.assertEqual({name: re.sub(r"127\.0\.0\.1:\d+", "ADDRESS", said) for name, said in seen.items()}, expected)

    def test_an_answer_may_end_behind_each_of_its_bytes(self):
        target = self._enter(hostile_target.HostileTarget())
        for name, said in self.outcomes({name: target.urls[name] for name in hostile_target.CUT}).items():
            code = "1220" if name.startswith("reset") else "1000"
            self.assertTrue(said.startswith("0 %s " % code), "%s: %s" % (name, said))


if __name__ == "__main__":
    sys.exit(unittest.main())
