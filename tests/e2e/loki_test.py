"""--log-output loki: log lines at a receiver of Loki's push requests."""

import json
import unittest

import backends
import harness

SCRIPT = """
export const options = { iterations: 2, vus: 1 };
export default function () { console.log('line ' + __ITER); console.warn('odd "quotes"\\n\\u2028' + 'x'.repeat(40)); }
"""


class Loki(harness.Case):
    def lines(self, receiver):
        """(labels, message) of everything that was pushed."""
        found = []
        for _, _, body in receiver.requests:
            for stream in json.loads(body)["streams"]:
                found += [(stream["stream"], message) for _, message in stream["values"]]
        return found

    def test_lines_come_with_k6s_labels(self):
        with backends.Receiver() as receiver:
            run = self.run_script(SCRIPT, "--agents", "2", "--log-output",
                                  "loki=%s/loki/api/v1/push,label.app=shop,header.X-Scope-OrgID=me" % receiver.url)
            self.expect_code(run, 0)
            lines = self.lines(receiver)
            path, headers, _ = receiver.requests[0]
            self.assertEqual((path, headers["X-Scope-OrgID"], headers["Content-Type"]),
                             ("/loki/api/v1/push", "me", "application/json"))
        said = [(labels, message) for labels, message in lines if labels.get("source") == "console"]
        self.assertEqual(sorted(message for _, message in said),
                         sorted(["line 0", "line 1"] + ['odd "quotes"\n\u2028' + "x" * 40] * 2))
        self.assertEqual({(labels["app"], labels["level"]) for labels, _ in said}, {("shop", "info"), ("shop", "warning")})
        self.assertNotIn("line 0", run.stderr)

    def test_allowed_labels_level_and_size(self):
        with backends.Receiver() as receiver:
            run = self.run_script(SCRIPT, "--log-output", "loki=%s/p,allowedLabels=[level],level=warning,msgMaxSize=30" % receiver.url)
            self.expect_code(run, 0)
            lines = self.lines(receiver)
        self.assertEqual({tuple(labels) for labels, _ in lines}, {("level",)})
        self.assertTrue(all("... omitting " in message for _, message in lines), lines)
        self.assertFalse([message for _, message in lines if "line" in message])

    def test_nobody_there_and_one_who_refuses(self):
        run = self.run_script(SCRIPT, "--log-output", "loki=http://127.0.0.1:%d/p" % harness.free_port())
        self.expect_code(run, 0)
        self.expect_text(run, "Error while sending logs to loki")
        self.expect_text(run, "log lines did not reach Loki")
        self.expect_text(run, 'level=warning msg="odd "quotes"\\n')
        # What ends a run is not said to somebody who is not there.
        run = self.run_script("throw new Error('of the init code')", "--log-output",
                              "loki=http://127.0.0.1:%d/p" % harness.free_port())
        self.expect_code(run, 107)
        self.expect_text(run, "of the init code")
        with backends.Receiver() as receiver:
            receiver.answer = lambda _: (400, {})
            run = self.run_script(SCRIPT, "--log-output", "loki=%s/p" % receiver.url)
            self.expect_code(run, 0)
            self.expect_text(run, "got 400 from loki")

    def test_wrong_settings(self):
        for text, error in (("loki=http://h,color=red", "unknown loki config key color"),
                            ("loki=http://h,limit=0", "loki limit needs to be a positive number"),
                            ("lokix", "loki configuration should be in the form")):
            run = self.run_script(SCRIPT, "--log-output", text)
            self.assertEqual(run.code, 255, str(run))
            self.expect_text(run, error)


if __name__ == "__main__":
    unittest.main()
