"""An answer that breaks off has k6's status and error code, whatever its coding and wherever it broke off."""

import json
import sys
import unittest

import cut_server
import harness

# Below so many bytes of a coding k6 says that the coding itself is bad.
CODING_HEAD = {"gzip": 10, "deflate": 2}
WHOLE_OR_PART = [0, 1, 5, 9, 10, 20, -9, -1, "all", "whole"]

SCRIPT = """
import http from 'k6/http';
import exec from 'k6/execution';
const cases = JSON.parse(open('./cases.json'));
export const options = { noConnectionReuse: true, discardResponseBodies: __ENV.DISCARD === 'yes',
  scenarios: { all: { executor: 'shared-iterations', vus: 10, iterations: cases.length } } };
export default function () {
  const [method, path] = cases[exec.scenario.iterationInTest];
  const res = http.request(method, `${__ENV.TARGET}/${path}`, null, { timeout: '20s' });
  console.log('CASE', method, path, res.status, res.error_code);
}
"""


def expected(coding, framing, at, end, status):
    """As k6 2.2, but for what docs/compatibility.md says of answers that break off."""
    if status == 302:
        return (200, 0)  # what becomes of a redirect's body is nobody's concern
    good = (status, 0 if status < 400 else 1000 + status)
    complete = at in ("all", "whole")
    if framing == "length" and complete or framing == "chunked" and at == "whole":
        return good
    if end == "reset":
        return (0, 1220)
    if framing == "until-close" and (complete or coding == "identity" or coding == "zstd" and at == 0):
        return good
    sent = len(cut_server.CODED[coding]) if complete else at
    return (0, 1701 if sent < CODING_HEAD.get(coding, 0) else 1000)


def bodies():
    for coding, body in cut_server.CODED.items():
        for framing in ("length", "chunked", "until-close"):
            for at in WHOLE_OR_PART:
                at = len(body) + at if isinstance(at, int) and at < 0 else at
                for end in ("close", "reset"):
                    yield coding, framing, at, end, 200
                yield coding, framing, at, "close", 302
            yield coding, framing, 20, "close", 404
            yield coding, framing, "whole", "close", 404


class CutAnswers(harness.Case):
    def answers(self, cases, *flags):
        """What each case, a method and a path, came to: status and error code."""
        target = self._enter(cut_server.CutServer())
        self.folder.script(json.dumps(cases), "cases.json")
        run = self.run_script(SCRIPT, "-e", "TARGET=" + target.url, "--log-format", "raw", *flags)
        self.expect_code(run, 0)
        found = {}
        for line in run.stderr.splitlines():
            if line.startswith("CASE "):
                _, method, path, status, code = line.split(" ")
                found[method, path] = (int(status), int(code))
        self.assertEqual(len(found), len(cases), str(run))
        return found

    def expect_bodies(self, *flags, decoded=True):
        cases = {}
        for case in bodies():
            # What is discarded is not decoded.
            cases["GET", "%s/%s/%s/%s/%d" % case] = expected(case[0] if decoded else "identity", *case[1:])
        self.assertEqual(self.answers(list(cases), *flags), cases)

    def test_in_the_body(self):
        self.expect_bodies()

    def test_in_a_body_that_is_discarded(self):
        self.expect_bodies("-e", "DISCARD=yes", decoded=False)

    def test_in_the_head(self):
        cases = {}
        for size in range(len(cut_server.HEAD) - len("yes")):
            # At a part of the head k6 finds by chance of timing that the peer closed; it was a reset.
            cases["GET", "head/%d/close" % size] = (0, 1000)
            cases["GET", "head/%d/reset" % size] = (0, 1220)
        self.assertEqual(self.answers(list(cases)), cases)

    def test_no_body_of_head_is_cut(self):
        cases = {("HEAD", "%s/%s/0/%s" % (coding, framing, end)): (200, 0)
                 for coding in cut_server.CODED for framing in ("length", "chunked", "until-close")
                 for end in ("close", "reset")}
        self.assertEqual(self.answers(list(cases)), cases)


if __name__ == "__main__":
    sys.exit(unittest.main())
