"""Runs that are a part of the whole: --execution-segment, cut further among agents."""

import re
import unittest

import harness

SCRIPT = """import exec from 'k6/execution';
export default function () {
  console.log('vu ' + exec.vu.idInTest + ' iteration ' + exec.scenario.iterationInTest);
}"""


class Segments(harness.Case):
    def seen(self, *flags):
        run = self.run_script(SCRIPT, "--log-format", "raw", *flags)
        self.expect_code(run, 0)
        found = re.findall(r"vu (\d+) iteration (\d+)", run.stderr)
        return run, {int(vu) for vu, _ in found}, sorted(int(iteration) for _, iteration in found)

    def test_parts_are_the_whole(self):
        everything = []
        for segment in ("0:1/3", "1/3:2/3", "2/3:1"):
            run, _, iterations = self.seen("-u", "7", "-i", "50", "--execution-segment", segment,
                                           "--execution-segment-sequence", "0,1/3,2/3,1", "--agents", "2")
            self.assertEqual(len(iterations), run.count("iterations"), str(run))
            everything += iterations
        self.assertEqual(sorted(everything), list(range(50)))

    def test_agents_start_what_one_would(self):
        flags = ["-u", "11", "-i", "60", "--execution-segment", "1/4:3/4"]
        run, vus, iterations = self.seen(*flags)
        self.assertLessEqual(vus, {1, 3, 5, 7, 9, 11}, str(run))
        self.assertEqual(run.count("iterations"), len(iterations))
        # What k6 2.2 starts.
        self.assertEqual(iterations, [0, 2, 4, 6, 8, 10, 11, 13, 15, 17, 19, 21, 22, 24, 26, 28, 30, 32, 33, 35, 37,
                                      39, 41, 43, 44, 46, 48, 50, 52, 54, 55, 57, 59], str(run))
        for agents in (2, 3):
            again, more_vus, more = self.seen(*flags, "--agents", str(agents))
            self.assertEqual(more, iterations, str(again))
            self.assertLessEqual(more_vus, {1, 3, 5, 7, 9, 11}, str(again))
            self.expect_balanced(again, agents)

    def test_the_option_and_the_header(self):
        run = self.run_script("export const options = { executionSegment: '50%', vus: 10, duration: '1s' };"
                              "export default function () {}")
        self.expect_code(run, 0)
        self.expect_text(run, "5 looping VUs for 1s")

    def test_bad_ones_are_refused_by_name(self):
        script = "export default function () {}"
        self.expect_one_error(self.run_script(script, "--execution-segment", "2"), 255,
                              "segment end value can't be more than 1", "flag --execution-segment wants a segment")
        self.expect_one_error(self.run_script(script, "--execution-segment", "1/3", "--execution-segment-sequence",
                                              "0,1/2,1"), 104, "provided segment 0:1/3 can't be found in sequence")
        self.expect_one_error(self.run_script("export const options = { executionSegment: 'half' };" + script), 104,
                              "option executionSegment of the script wants a segment such as 1/3")
        self.expect_one_error(self.run_script(script, "--execution-segment", "1/1000003"), 104, "1000000")
        self.expect_one_error(self.run_script(script, "--execution-segment", "1/999983", "--agents", "2"), 104,
                              "cannot be cut into 0,1/2,1")


if __name__ == "__main__":
    unittest.main()
