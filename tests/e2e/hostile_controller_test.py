"""Controllers that lie to the client that trusts them with its script: nothing is written where the user did not allow
it, and the client ends in words, whatever comes."""

import copy
import os
import subprocess
import unittest

import harness
import hostile

PLAIN = "export const options = { vus: 1, iterations: 1, thresholds: { iterations: ['count>0'] } };\n" \
        "export default function () {}\n"
WITH_SUMMARY = PLAIN + "export function handleSummary() { return {}; }\n"


class Case(harness.Case):
    def answer(self, script, *messages, flags=(), **options):
        """The run of a client whose controller sends these messages once it has the script."""
        sent = []

        def on_client(message, reply):
            if message.HasField("bundle_chunk") and message.bundle_chunk.last:
                for number, one in enumerate(map(copy.deepcopy, messages), 1):
                    if one.HasField("event"):
                        one.event.number = number
                    reply(one)
                    sent.append(one)
            elif sent and message.acknowledged >= len(sent):
                reply(None)  # all of it was taken: the stream ends
        with hostile.Controller(on_client=on_client) as controller:
            return self.run_script(script, "--controller", controller.address, *flags, **options)


def event(body, **fields):
    message = hostile.clients.ToClient()
    part = getattr(message.event, body)
    if isinstance(part, bytes):
        setattr(message.event, body, fields.pop("value"))
    else:
        part.SetInParent()
    for name, value in fields.items():
        if callable(value):
            value(part)
        else:
            setattr(part, name, value)
    return message


def outcome(files=(), **fields):
    """An outcome with an empty summary, and these files."""
    def fill(part):
        part.summary.complete = True
        part.summary.agents = 1
        part.has_files = bool(files)
        for path, content in files:
            part.files.add(path=path if isinstance(path, bytes) else path.encode(), content=content)
    return event("outcome", _=fill, **fields)


class Files(Case):
    def refused(self, path, script=WITH_SUMMARY, flags=()):
        run = self.answer(script, outcome([(path, b"bad")]), flags=flags)
        self.assertEqual(run.code, 255, str(run))
        self.expect_text(run, "not written" if script == WITH_SUMMARY else "nothing is written")
        return run

    def test_without_the_function_none_is_written(self):
        self.refused("out.json", PLAIN)
        self.assertFalse((self.folder.path / "out.json").exists())

    def test_without_the_function_nothing_of_it_is_shown(self):
        run = self.refused("stdout", PLAIN)
        self.assertNotIn("bad", run.stdout)
        self.assertIn("TOTAL RESULTS", run.stdout)

    def test_what_is_shown_moves_no_terminal(self):
        text = b"\x1b]52;c;aGk=\x07\x1b[2J\x1b[31mred\x1b[0m\r%s\n"
        run = self.answer(WITH_SUMMARY, outcome([("stdout", text % b"out"), ("stderr", text % b"err")]))
        self.expect_code(run, 0)
        self.assertIn("?]52;c;aGk=??[2J\x1b[31mred\x1b[0m?out\n", run.stdout)
        self.assertIn("?]52;c;aGk=??[2J\x1b[31mred\x1b[0m?err\n", run.stderr)

    def test_absolute(self):
        path = self.folder.path / "absolute.json"
        self.refused(str(path))
        self.assertFalse(path.exists())

    def test_outside(self):
        for path in ("../out.json", "a/../../out.json", "..", ".", "a//b", "a/", b"\xff/../../x"):
            with self.subTest(path=path):
                self.refused(path)
        self.assertFalse((self.folder.path.parent / "out.json").exists())

    def test_over_what_was_there(self):
        mine = self.folder.path / "mine.json"
        mine.write_text("mine")
        self.expect_text(self.refused("mine.json"), "--summary-overwrite mine.json")
        self.refused("script.js")
        self.assertEqual(mine.read_text(), "mine")

    def test_through_links(self):
        other = self.folder.path / "other"
        other.mkdir()
        os.symlink(other, self.folder.path / "link")
        os.symlink(other / "made", self.folder.path / "dangling")
        for path in ("link/x", "dangling"):
            with self.subTest(path=path):
                self.refused(path, flags=("--summary-overwrite", path))
        self.assertEqual(os.listdir(other), [])

    def test_devices(self):
        os.mkfifo(self.folder.path / "pipe")
        self.refused("pipe", flags=("--summary-overwrite", "pipe"))

    def test_odd_names(self):
        run = self.refused("a\x1b[2J\nb")
        self.assertNotIn("\x1b[2J", run.stdout + run.stderr)

    def test_what_is_allowed_is_written(self):
        (self.folder.path / "mine.json").write_text("mine")
        (self.folder.path / "sub").mkdir()
        run = self.answer(WITH_SUMMARY, outcome([("new.json", b"1"), ("sub/new.json", b"2"), ("mine.json", b"3")]),
                          flags=("--summary-overwrite", "mine.json"))
        self.expect_code(run, 0)
        read = [(self.folder.path / name).read_text() for name in ("new.json", "sub/new.json", "mine.json")]
        self.assertEqual(read, ["1", "2", "3"])

    def test_the_folder_of_the_flag(self):
        (self.folder.path / "results").mkdir()
        run = self.answer(WITH_SUMMARY, outcome([("new.json", b"1")]), flags=("--summary-dir", "results"))
        self.expect_code(run, 0)
        self.assertTrue((self.folder.path / "results" / "new.json").exists())
        self.assertFalse((self.folder.path / "new.json").exists())
        run = self.answer(WITH_SUMMARY, outcome(), flags=("--summary-dir", "none"))
        self.expect_one_error(run, 255, "--summary-dir", "none")

    def test_a_local_run_writes_as_k6_does(self):
        path = self.folder.path / "anywhere.json"
        run = self.run_script("export default function () {}\nexport function handleSummary() { return { %r: 'x' } }"
                              % str(path))
        self.expect_code(run, 0)
        self.assertEqual(path.read_text(), "x")


def delta(*series, interval=0):
    one = hostile.Delta(1, 1, interval)
    one.agent, one.series = 0, list(series)
    return event("second", delta=bytes(one))


# What a controller sends before the outcome; the client must end with the outcome's verdict, or in words.
EVENTS = {
    "second_of_noise": [event("second", delta=b"\1\2\3")],
    "second_of_another_type": [delta(hostile.rate("iterations", 1, 1))],
    "second_of_a_trend_as_counter": [delta(hostile.counter("http_req_duration", 1, contains=hostile.TIME))],
    "second_of_nan": [delta(hostile.counter("iterations", float("nan")))],
    "second_without_end": [delta(hostile.counter("iterations", float("inf")), interval=(1 << 63) - 1)],
    "seconds_of_too_many_checks": [delta(hostile.rate("checks", 1 << 62, 1 << 62))] * 4,
    "agent_0": [event("agent", agent=0, lost=b"x")],
    "agent_of_a_billion": [event("agent", agent=1 << 31, lost=b"x")],
    "ledger_of_a_billion": [event("agent", agent=1 << 31, _=lambda part: part.ledger.SetInParent())],
    "progress_below_0": [event("progress", active_vus=-1 << 63, complete_iterations=-1 << 63, max_vus=-1 << 63,
                               elapsed_ns=-1 << 63, max_duration_ns=-1 << 63)],
    "progress_huge": [event("progress", active_vus=(1 << 63) - 1, elapsed_ns=(1 << 63) - 1,
                            max_duration_ns=(1 << 63) - 1, iterations_per_second=float("inf"))],
    "progress_of_many_scenarios": [event("progress", _=lambda part: [part.scenarios.add(
        name=b"s\x1b[2J" * 10, vus=-1, max_vus=1 << 62, elapsed_ns=-1 << 63, total_ns=-1 << 63) for _ in range(3000)])],
    "phase_of_none": [event("phase", phase=99)],
    "notice_that_moves_the_cursor": [event("notice", value=b"\x1b[2Jhello\x07")],
    "log_of_no_level": [event("log", level=99, message=b"\x1b[2Jhello\x07", agent=1 << 31)],
    "log_of_odd_fields": [event("log", level=1, message=b"m", _=lambda part: part.fields.extend([b"a", b"\x1b[2J", b"b"]))],
    "planned_again": [event("planned", agents=1 << 31, options_json=b"{")],
    "setup_data_of_noise": [event("setup_data", json=b"{{{{")],
    "thresholds_of_strangers": [event("thresholds", _=lambda part: part.metrics.add(metric=b"x").thresholds.add())],
    "cause_of_no_kind": [event("cause", kind=99, _=lambda part: setattr(part.error, "code", 9999))],
    "answer_to_nobody": [hostile.clients.ToClient(api_response=hostile.clients.ApiResponse(serial=7, status=99999))],
    "nothing": [hostile.clients.ToClient()],
    "missed": [event("missed", seconds=1 << 62, logs=1 << 62)],
}



class Records(Case):
    def test_begin_with_the_plan_though_progress_came_before(self):
        path = self.folder.path / "run.record"
        self.answer(PLAIN, event("progress"), event("planned", script=b"s.js", options_json=b"{}", agents=1), outcome(),
                    flags=("--record", path))
        shown = subprocess.run([harness.LOADCTL, "report", path], capture_output=True, text=True, timeout=60)
        self.assertEqual(shown.returncode, 0, shown.stderr)


class Events(Case):
    def ends(self, events):
        run = self.answer(PLAIN, *events, outcome(), timeout=60)
        self.assertIn(run.code, (0, 111, 255, 99), str(run))
        self.assertNotRegex(run.stdout + run.stderr, "terminate called|bad_variant|AddressSanitizer")
        self.assertNotIn("\x1b[2J", run.stdout + run.stderr)


for _name, _events in EVENTS.items():
    setattr(Events, "test_" + _name, lambda self, events=_events: self.ends(events))


# Outcomes that no run has.
OUTCOMES = {
    "of_nothing": event("outcome"),
    "with_an_unknown_code": event("outcome", _=lambda part: (setattr(part.error, "code", 2000000000),
                                                             setattr(part.error, "message", b"\x1b[2Jx"))),
}


def _groups(*parents):
    def fill(part):
        for parent in parents:
            group = part.summary.groups.add(name=b"g\x1b[2J", path=b"::g", parent=parent)
            group.checks.add(name=b"c\x1b[2J", path=b"::g::c", passes=-1 << 63, fails=(1 << 63) - 1)
    return fill


def _metrics(part):
    part.summary.complete = True
    metric = part.summary.metrics.add(name=b"iterations")
    metric.trend.stats.add(name=b"p(\x1b[2J", value=float("nan"))
    part.summary.metrics.add(name=b"vus").counter.count = float("inf")
    part.summary.metrics.add(name=b"empty")
    part.summary.trend_stats.extend([b"x"] * 1000)


OUTCOMES["with_deep_groups"] = event("outcome", _=_groups(*range(3000)))
OUTCOMES["with_a_group_in_itself"] = event("outcome", _=_groups(0, 1, 2))
OUTCOMES["with_groups_in_a_circle"] = event("outcome", _=_groups(0, 2, 1))
OUTCOMES["with_groups_in_none"] = event("outcome", _=_groups(7, 1 << 31, (1 << 32) - 1))
OUTCOMES["with_odd_metrics"] = event("outcome", _=_metrics)


class Outcomes(Case):
    def ends(self, message):
        run = self.answer(PLAIN, message)
        self.assertGreaterEqual(run.code, 0, str(run))
        self.assertNotRegex(run.stdout + run.stderr, "terminate called|bad_variant|AddressSanitizer")
        self.assertNotIn("\x1b[2J", run.stdout + run.stderr)


for _name, _message in OUTCOMES.items():
    setattr(Outcomes, "test_" + _name, lambda self, message=_message: self.ends(message))


if __name__ == "__main__":
    unittest.main()
