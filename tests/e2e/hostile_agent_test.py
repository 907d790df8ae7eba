"""Agents that lie, one a run, on one controller that goes on: whatever they say, the run ends with the right verdict, and
the controller serves the next one. Each row of the tables is a test."""

import math
import unittest

import harness
import hostile
import remote
from hostile import DATA, RATE, TIME, TREND, counter, double, gauge, rate, series, trend, unsigned

# 30 iterations on one agent, all functions, a threshold on a sub-metric, and metrics of its own.
SCRIPT = """
import { Counter, Trend } from 'k6/metrics';
const own = new Counter('own'), spread = new Trend('spread');
export const options = {
  scenarios: { default: { executor: 'shared-iterations', vus: 1, iterations: 30 } },
  thresholds: { 'http_reqs{status:200}': ['count>=0'], own: ['count>=0'] },
};
export function setup() { return {}; }
export default function () {}
export function teardown() {}
"""


def delta(change, step="delta"):
    """The delta of a step, changed by change(delta)."""
    def twist(now, message):
        changed = change(message) if now == step else None
        return message if changed is None else changed
    return twist


def add(*extra, checks=(), groups=()):
    """More series, checks and groups in the first delta."""
    def change(one):
        one.series += extra
        one.checks += checks
        one.groups += groups
    return delta(change)


def instead(metric, *others):
    """Other series in place of the metric's."""
    name = hostile.text(metric)

    def change(one):
        one.series = [part for part in one.series if not part[1:].startswith(name)] + list(others)
    return delta(change)


def field(**values):
    return delta(lambda one: one.__dict__.update(values) or one)


def raw(change):
    return delta(lambda one: change(bytes(one)))


def message(step, change):
    """The message of a step, changed by change(body)."""
    def twist(now, said):
        if now == step:
            change(getattr(said, said.WhichOneof("body")))
        return said
    return twist


def histogram(low=1, high=2000, total=None, near=1.0):
    """2000 values 1, 2, ... in the form of a histogram's bytes, with these ends and this sum."""
    counts = {}
    for value in range(1, 2001):
        mantissa, exponent = math.frexp(value)
        bucket = (exponent - 1 + 1022) * 512 + int((mantissa * 2 - 1) * 512)
        counts[bucket] = counts.get(bucket, 0) + 1
    total = sum(range(1, 2001)) if total is None else total
    digits, rest = [], total << 1075
    first = 0
    while rest & 0xffffffff == 0 and rest:
        rest >>= 32
        first += 1
    while rest:
        digits.append(rest & 0xffffffff)
        rest >>= 32
    body = b"\3" + double(low, high) + b"\0" + unsigned(first) + unsigned(len(digits))
    body += b"".join(map(unsigned, digits)) + unsigned(0) + unsigned(len(counts)) + double(near)
    after = 0
    for bucket in sorted(counts):
        body += unsigned(bucket - after) + unsigned(counts[bucket])
        after = bucket + 1
    return series("http_req_duration", TREND, body + unsigned(0), contains=TIME)


INFINITY, NAN = math.inf, math.nan
HUGE = (1 << 41)

# name: (twist, what the outcome says); the agent is given up.
FIGURES = {
    "iterations_as_rate": (instead("iterations", rate("iterations", 1, 1)), "iterations: a rate"),
    "iterations_as_gauge": (instead("iterations", gauge("iterations", 30)), "iterations: a gauge"),
    "iterations_as_trend": (instead("iterations", trend("iterations", 30)), "iterations: a trend"),
    "iterations_of_bytes": (instead("iterations", counter("iterations", 30, contains=DATA)), "iterations: values"),
    "vus_as_counter": (instead("vus", counter("vus", 1)), "vus: a counter"),
    "checks_as_counter": (add(counter("checks", 1)), "checks: a counter"),
    "http_req_duration_as_rate": (add(rate("http_req_duration", 1, 1, contains=TIME)), "http_req_duration: a rate"),
    "own_as_trend": (add(trend("own", 1, contains=0)), "own: a trend"),
    "empty_series_of_another_type": (add(bytes([RATE | 16]) + hostile.text("iterations") + hostile.text("")),
                                     "iterations: "),
    "http_reqs_below_0": (add(counter("http_reqs", -5)), "http_reqs: a count"),
    "http_reqs_of_a_half": (add(counter("http_reqs", 0.5)), "http_reqs: a count"),
    "http_reqs_nan": (add(counter("http_reqs", NAN)), "http_reqs: a count"),
    "http_reqs_infinite": (add(counter("http_reqs", INFINITY)), "http_reqs: a count"),
    "http_reqs_minus_infinite": (add(counter("http_reqs", -INFINITY)), "http_reqs: a count"),
    "http_reqs_too_many": (add(counter("http_reqs", 1e300)), "http_reqs: a count"),
    "dropped_below_0": (add(counter("dropped_iterations", -1)), "dropped_iterations: a count"),
    "data_sent_below_0": (add(counter("data_sent", -1, contains=DATA)), "data_sent: a count"),
    "data_received_nan": (add(counter("data_received", NAN, contains=DATA)), "data_received: a count"),
    "vus_below_0": (instead("vus", gauge("vus", -1)), "vus: a number"),
    "vus_infinite": (instead("vus", gauge("vus", INFINITY)), "vus: a number"),
    "vus_max_huge": (instead("vus_max", gauge("vus_max", 1e300)), "vus_max: a number"),
    "vus_nan": (instead("vus", gauge("vus", NAN)), "broken metrics delta"),
    "vus_low_above_high": (instead("vus", gauge("vus", 1, 2, 0)), "broken metrics delta"),
    "duration_below_0": (add(trend("http_req_duration", 1, -1)), "http_req_duration: a time"),
    "duration_infinite": (add(trend("http_req_waiting", INFINITY)), "http_req_waiting: a time"),
    "duration_nan": (add(trend("http_req_duration", NAN)), "broken metrics delta"),
    "histogram_low_wrong": (add(histogram(low=0.5)), "broken metrics delta"),
    "histogram_high_wrong": (add(histogram(high=5000)), "broken metrics delta"),
    "histogram_sum_wrong": (add(histogram(total=1 << 60)), "broken metrics delta"),
    "histogram_near_wrong": (add(histogram(near=3.0)), "broken metrics delta"),
    "rate_more_than_all": (add(rate("http_req_failed", 2, 1)), "broken metrics delta"),
    "rate_too_many": (add(rate("http_req_failed", 0, HUGE)), "http_req_failed: too many"),
    "checks_too_many": (add(rate("checks", HUGE, HUGE)), "checks: too many"),
    "check_of_2_to_63": (add(checks=[hostile.check("c", 1 << 63, 0)]), "broken metrics delta"),
    "check_of_2_to_62": (add(checks=[hostile.check("c", 1 << 62, 0)]), "check c: a count"),
    "check_too_many_fails": (add(checks=[hostile.check("c", 0, HUGE)]), "check c: a count"),
    "check_without_group": (add(checks=[hostile.check("c", 1, 0, group="g")]), "check c: no path"),
    "group_without_path": (add(groups=["\x1b[2Jg"]), "no path of a group"),
    "submetric_nobody_asked_for": (add(counter("http_reqs", 1, suffix="status:500")), "nobody asked"),
    "submetric_of_a_stranger": (add(counter("stranger", 1, suffix="a:b")), "nobody asked"),
    "metric_without_name": (add(counter("", 1)), "no name of a metric"),
    "metric_that_moves_the_cursor": (add(counter("\x1b[2J", 1)), "no name of a metric"),
    "metric_of_a_megabyte": (add(counter("m" * (1 << 20), 1)), "no name of a metric"),
    "series_twice": (add(counter("iterations", 1)), "iterations: it is there twice"),
    "series_of_no_type": (add(bytes([0x40]) + hostile.text("m") + hostile.text("")), "broken metrics delta"),
    "seconds_to_come": (field(first=0, interval=3600), "seconds to come"),
    "seconds_without_end": (field(first=0, interval=(1 << 63) - 1), "seconds to come"),
    "seconds_below_0": (field(first=-5, interval=-5), "seconds do not follow"),
    "seconds_of_one_second_backwards": (field(first=2, interval=1), "seconds do not follow"),
    "second_told_twice": (delta(lambda one: one.__dict__.update(first=0, interval=0), "last_delta"), None),
    "sequence_with_a_gap": (field(sequence=2), "do not follow those before"),
    "sequence_0": (field(sequence=0), "do not follow those before"),
    "sequence_huge": (field(sequence=(1 << 64) - 1), "do not follow those before"),
    "another_epoch": (delta(lambda one: one.__dict__.update(epoch=7), "last_delta"), "do not follow those before"),
    "figures_after_the_last": (lambda step, said: [said, _after(said)] if step == "last_delta" else said, None),
    "no_bytes": (raw(lambda _: b""), "broken metrics delta"),
    "another_format": (raw(lambda made: b"\x63" + made[1:]), "broken metrics delta"),
    "cut_short": (raw(lambda made: made[:-3]), "broken metrics delta"),
    "bytes_after_the_end": (field(tail=b"more"), "broken metrics delta"),
    "a_billion_series": (raw(lambda made: made[:6] + unsigned(1 << 30)), "broken metrics delta"),
    "noise": (raw(lambda _: b"\1" + bytes(range(256)) * 16), "broken metrics delta"),
    "too_many_metrics": (add(*[counter("made_%d" % i, 1) for i in range(20000)]), "too many metrics"),
}


def _after(one):
    later = hostile.Delta(one.epoch, one.sequence + 1, one.interval + 1)
    return later


def done(**values):
    """A RunDone whose only scenario has these counts, and the totals with it."""
    def change(said):
        for name, value in values.items():
            setattr(said, name, value)
            setattr(said.scenarios[0], name, value)
    return message("run_done", change)


def times(step, count):
    def twist(now, said):
        if now != step:
            return said
        copies = []
        for _ in range(count):
            copies.append(type(said)())
            copies[-1].CopyFrom(said)
        return copies
    return twist


def more(step, *bodies):
    """After what it says at a step, other messages: (body, fields)."""
    def twist(now, said):
        if now != step:
            return said
        made = []
        for body, fields in bodies:
            one = hostile.session.FromAgent()
            getattr(one, body).SetInParent()
            for name, value in fields.items():
                setattr(getattr(one, body), name, value)
            made.append(one)
        return [said] + made
    return twist


def progress(**fields):
    return more("ready", ("progress", fields))


def part(**fields):
    def twist(step, said):
        if step != "ready":
            return said
        one = hostile.session.FromAgent()
        one.progress.scenarios.add(**fields)
        return [said, one]
    return twist


def lines(count):
    def twist(step, said):
        if step != "ready":
            return said
        one = hostile.session.FromAgent()
        for _ in range(count):
            one.logs.lines.add(level=1, message=b"x")
        return [said, one]
    return twist


def _silent():
    one = hostile.session.FromAgent()
    one.heartbeat.conductor_silent_ns = 3600 * 10**9
    return one


def without_body(step, said):
    return [said, hostile.session.FromAgent()] if step == "ready" else said


MESSAGES = {
    "bundle_wanted_500_times": (times("bundle_wanted", 500), "lacks the bundle twice"),
    "bundle_wanted_when_ready": (more("ready", ("bundle_wanted", {})), "lacks the bundle"),
    "ready_twice": (times("ready", 2), "ready twice"),
    "ready_with_other_vus": (message("ready", lambda said: setattr(said, "vus", 7)), "made 7 VUs"),
    "ready_with_huge_vus": (message("ready", lambda said: setattr(said, "vus", (1 << 64) - 1)), "VUs, and was"),
    "run_done_before_the_start": (more("ready", ("run_done", {})), "ended unasked"),
    "run_done_twice": (times("run_done", 2), "ended twice"),
    "run_done_without_scenarios": (message("run_done", lambda said: said.ClearField("scenarios")), "other scenarios"),
    "run_done_of_another_scenario": (message("run_done", lambda said: setattr(said.scenarios[0], "name", b"x")),
                                     "other scenarios"),
    "run_done_contradicts_itself": (message("run_done", lambda said: setattr(said, "complete", 29)), "contradict"),
    "run_done_below_0": (done(interrupted=-5), "contradict"),
    "run_done_overflows": (done(complete=(1 << 63) - 1, interrupted=(1 << 63) - 1), "contradict"),
    "run_done_throws_too_often": (done(exceptions=31), "contradict"),
    "run_done_drops_below_0": (done(dropped=-1), "contradict"),
    "flushed_unasked": (more("ready", ("flushed", {})), "unasked"),
    "call_done_unasked": (more("ready", ("call_done", {"function": 1})), "returned unasked"),
    "call_done_of_no_function": (more("ready", ("call_done", {"function": 77})), "returned unasked"),
    "call_done_twice": (times("call_done", 2), "returned unasked"),
    "setup_returns_no_json": (message("call_done", lambda said: setattr(said, "result_json", b"{")), "no JSON"),
    "setup_returns_two_values": (message("call_done", lambda said: setattr(said, "result_json", b"1 2")), "no JSON"),
    "setup_returns_deep_json": (message("call_done", lambda said: setattr(said, "result_json", b"[" * 100000)),
                                "no JSON"),
    "controlled_unasked": (more("ready", ("controlled", {"serial": 1})), "unasked"),
    "progress_below_0": (progress(active_vus=-1), "impossible progress"),
    "progress_huge": (progress(complete=(1 << 63) - 1), "impossible progress"),
    "progress_of_no_scenario": (part(name=b"x"), "impossible progress"),
    "progress_of_a_scenario_below_0": (part(name=b"default", complete=-1), "impossible progress"),
    "too_many_lines": (lines(1001), "too many lines"),
    "stops_twice": (more("ready", ("test_stopped", {}), ("test_stopped", {})), "stopped twice"),
    "says_nothing": (without_body, "what no agent says"),
    "hangs": (lambda step, said: _silent() if step == "run_done" else said, "it hangs"),
}

# The agent keeps to the protocol, and yet the figures are not those of the plan: (twist, code, text).
VERDICTS = {
    "does_0_of_30": (lambda step, said: _zero(said) if step in ("delta", "run_done") else said,
                     "started 0 and dropped 0 of the 30 iterations of scenario default"),
    "does_29_of_30": (lambda step, said: _zero(said, 29) if step in ("delta", "run_done") else said, "started 29"),
    "does_31_of_30": (lambda step, said: _zero(said, 31) if step in ("delta", "run_done") else said, "started 31"),
    "says_it_was_to_do_nothing": (lambda step, said: _zero(said, 0, planned=0) if step in ("delta", "run_done") else said,
                                  "started 0"),
    "counts_more_than_it_measured": (instead("iterations", counter("iterations", 29)), "30 iterations, but 29"),
    "measures_nothing": (instead("iterations"), "30 iterations, but 0"),
    "says_it_sent_more_deltas": (message("flushed", lambda said: setattr(said, "deltas", 9)), "does not balance"),
    "says_it_sent_no_deltas": (message("flushed", lambda said: setattr(said, "deltas", 0)), "does not balance"),
}


def _zero(said, count=0, planned=30):
    if isinstance(said, hostile.Delta):
        said.series[0] = counter("iterations", count)
        return said
    said.run_done.planned = planned
    for one in [said.run_done] + list(said.run_done.scenarios):
        one.started = one.complete = count
    return said


# What an agent may say without harm: the run is whole.
HARMLESS = {
    "nothing_else": lambda step, said: said,
    "infinity_of_a_script": add(counter("own", INFINITY), trend("spread", -1, INFINITY, contains=0)),
    "a_metric_of_a_vu": add(counter("made_by_a_vu", -3)),
    "lines_of_odd_levels": more("ready", ("logs", {"suppressed": 3})),
    "the_setup_result_of_null": message("call_done", lambda said: setattr(said, "result_json", b"null")),
}


class HostileAgents(harness.Case):
    @classmethod
    def setUpClass(cls):
        cls.held = harness.Folder()
        folder = cls.held.__enter__()
        cls.recorded = hostile.record(folder.script(SCRIPT), "--agents", "1")
        cls.controller = remote.Controller()

    @classmethod
    def tearDownClass(cls):
        cls.controller.__exit__()
        cls.held.__exit__()

    def outcome(self, twist, recorded=None, **agent):
        agent.setdefault("planned", {"default": 30})
        with hostile.Agent(self.controller.address, twist=twist, **agent) as peer, \
                hostile.Client(self.controller.address) as client:
            peer.wait("welcome")  # a run that finds no agent is refused
            outcome = client.run(recorded or self.recorded)
        self.assertIsNone(self.controller.process.poll(), "the controller ended:\n" + self.controller.log())
        self.assertIsNotNone(outcome, client.error)
        return outcome

    def expect(self, twist, code, text):
        outcome = self.outcome(twist)
        self.assertEqual(outcome.error.code, code, outcome.error)
        self.assertIn(text or "", outcome.error.message.decode())
        self.assertFalse(outcome.summary.complete)
        self.assertNotRegex(outcome.error.message.decode(), "[\x00-\x08\x0e-\x1f]")

    def expect_whole(self, twist):
        outcome = self.outcome(twist)
        self.assertFalse(outcome.HasField("error"), outcome.error)
        self.assertTrue(outcome.summary.complete)
        counts = outcome.summary.ledger[0].iterations
        self.assertEqual((counts.planned, counts.started, counts.complete), (30, 30, 30))


    def judged(self, options, rows, planned, **agent):
        """Rows of (what the agent is like, what the outcome says); None: the run is whole."""
        recorded = hostile.record(self.folder.script(
            "export const options = { scenarios: { %s } };\nexport default function () {}" % options), "--agents", "1")
        for like, text in rows:
            twist = like.pop("twist", lambda step, said: said)
            outcome = self.outcome(twist, recorded, planned=planned, **{**agent, **like})
            self.assertEqual(outcome.HasField("error"), text is not None, outcome.error)
            if text:
                self.assertEqual(outcome.error.code, hostile.AGENT_LOST)
                self.assertIn(text, outcome.error.message.decode())

    def test_verdict_vus_for_less_time_than_the_plan_says(self):
        self.judged(
            """held: { executor: 'constant-vus', vus: 4, duration: '2s' },
               hill: { executor: 'ramping-vus', startVUs: 2, stages: [{ duration: '2s', target: 2 }] }""",
            (({"vu_seconds": {"held": 8, "hill": 4}}, None),
             ({"vu_seconds": {"held": 7.5, "hill": 3.5}}, None),
             ({"vu_seconds": {"held": 4, "hill": 4}}, "had VUs for 4.0 of the 8.0 VU-seconds of scenario held"),
             ({"vu_seconds": {"held": 8, "hill": 2}}, "had VUs for 2.0 of the 4.0 VU-seconds of scenario hill")),
            {"held": 9, "hill": 9}, vus=6, lasts=2)

    def test_verdict_vus_that_others_ask_for(self):
        self.judged("out: { executor: 'externally-controlled', vus: 4, maxVUs: 4, duration: '2s' }",
                    (({"vu_seconds": {"out": 8}}, None),
                     ({"vu_seconds": {"out": 4}}, "had VUs for 4.0 of the 8.0 VU-seconds of scenario out"),
                     ({"vu_seconds": {"out": 8}, "lasts": 0}, "ended scenario out within 0.")),
                    {"out": 9}, vus=4, lasts=2)

    def test_verdict_vus_that_were_scaled_meanwhile(self):
        recorded = hostile.record(self.folder.script(
            "export const options = { scenarios: { out: { executor: 'externally-controlled', vus: 2, maxVUs: 9, "
            "duration: '4s' } } };\nexport default function () {}"), "--agents", "1")
        # Nine from the first moments on, less than a VU-second before that: some 35 of them.
        for vu_seconds, whole in ((36, True), (9, False)):
            with hostile.Agent(self.controller.address, planned={"out": 9}, vus=9, lasts=4,
                               vu_seconds={"out": vu_seconds}) as agent, \
                    hostile.Client(self.controller.address) as client:
                agent.wait("welcome")
                client.submit(recorded)
                agent.wait("start")
                client.send(client.make("api_request", serial=1, kind=2, vus=9))
                agent.wait("scale")
                outcome = client.finish()
            self.assertEqual(not outcome.HasField("error"), whole, outcome.error)
            if not whole:
                self.assertEqual(outcome.error.code, hostile.AGENT_LOST)
                self.assertRegex(outcome.error.message.decode(), r"had VUs for 9\.0 of the \d\d\.\d VU-seconds")

    def test_verdict_a_scenario_that_is_over_before_its_time(self):
        for options, vu_seconds in (
                ("a: { executor: 'constant-vus', vus: 1, duration: '9s' }", 9),
                ("a: { executor: 'ramping-vus', startVUs: 1, stages: [{ duration: '9s', target: 1 }] }", 9),
                ("a: { executor: 'constant-vus', vus: 1, duration: '1s', startTime: '9s' }", 1)):
            self.judged(options, (({"vu_seconds": {"a": vu_seconds}}, "ended scenario a within 0."),), {"a": 9})
        for options in ("executor: 'constant-arrival-rate', rate: 1, duration: '9s'",
                        "executor: 'ramping-arrival-rate', startRate: 1, stages: [{ duration: '9s', target: 1 }]"):
            self.judged("a: { %s, preAllocatedVUs: 1 }" % options, (({}, "ended scenario a within 0."),), {"a": 9})

    def test_verdict_iterations_left_out_or_cut_off_before_their_time(self):
        def twist(count, **values):
            def change(step, said):
                if step == "delta":
                    said.series[0] = counter("iterations", count)
                    said.series += [counter("dropped_iterations", values["dropped"])] if "dropped" in values else []
                return done(complete=count, **values)(step, said)
            return change
        for options in ("executor: 'shared-iterations', iterations: 9", "executor: 'per-vu-iterations', iterations: 9"):
            self.judged("default: { %s, vus: 1 }" % options, (
                ({"twist": twist(0, started=0, dropped=9)}, "left out iterations of scenario default within 0."),
                ({"twist": twist(0, interrupted=9)}, "cut off iterations of scenario default within 0."),
            ), {"default": 9})
            self.judged("default: { %s, vus: 1, maxDuration: '1s', gracefulStop: '0s' }" % options, (
                ({"twist": twist(3, started=4, dropped=5, interrupted=1), "lasts": 1}, None),
                ({"twist": done(started=4, complete=4, dropped=5), "lasts": 1}, "completed 4 iterations, but 9"),
            ), {"default": 9})

    def test_verdict_dropped_iterations_that_no_figure_has(self):
        def twist(step, said):
            if step == "delta":
                said.series[0] = counter("iterations", 1)
            return done(started=1, complete=1, dropped=1)(step, said)
        self.judged("default: { executor: 'constant-arrival-rate', rate: 2, duration: '1s', preAllocatedVUs: 1 }",
                    (({"twist": twist}, "dropped 1 iterations, but 0"),), {"default": 2}, lasts=1)

    def test_verdict_a_test_that_was_stopped_may_have_done_less(self):
        recorded = hostile.record(self.folder.script("""
            export const options = { scenarios: { a: { executor: 'constant-vus', vus: 1, duration: '9s' } } };
            export default function () {}"""), "--agents", "1")
        stop = hostile.session.FromAgent(test_stopped=hostile.session.TestStopped(abort=True, message=b"enough"))
        outcome = self.outcome(lambda step, said: [stop, said] if step == "run_done" else said, recorded, planned={"a": 9})
        self.assertEqual(outcome.error.code, hostile.SCRIPT_ABORTED, outcome.error)


def _add(kind, table, check):
    for name, row in table.items():
        setattr(HostileAgents, "test_%s_%s" % (kind, name), check(row))


_add("figures", FIGURES, lambda row: lambda self: self.expect(row[0], hostile.AGENT_LOST, row[1]))
_add("messages", MESSAGES, lambda row: lambda self: self.expect(row[0], hostile.AGENT_LOST, row[1]))
_add("verdict", VERDICTS, lambda row: lambda self: self.expect(row[0], hostile.AGENT_LOST, row[1]))
_add("harmless", HARMLESS, lambda row: lambda self: self.expect_whole(row))


if __name__ == "__main__":
    unittest.main()
