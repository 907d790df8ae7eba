"""What a run of k6 or of loadctl did, as plain data, and how two of them differ."""

import collections
import fractions
import json
import pathlib
import re
import shlex
import subprocess
import tempfile

import harness
import starts

TIMEOUT_SECONDS = 60
# An exception that repeats is shown once by loadctl, with a line that counts the others. A run whose every iteration
# threw, or whose generator was late, is told so; k6 does not.
_OF_LOADCTL_ALONE = re.compile(
    r"\.\.\. repeated \d+ times?$|^Every iteration \(\d+\) threw|the generator itself was")
# k6's own of an instance whose segment has no iteration.
_OF_AN_EMPTY_SEGMENT = {
    "error: failed to handle the end-of-test summary",
    "warning: No script iterations fully finished, consider making the test duration longer",
}
_DIRECTIVE = re.compile(
    r"// (flags|environment|samples|varying|unordered|repeated|differs|segments|starts)(?:: ?(.*))?$")
# Parts of a request that are 0 by k6's rules, not by chance: a connection used again, one without TLS.
_ZERO_MATTERS = ("http_req_connecting", "http_req_tls_handshaking", "http_req_looking_up")


def directives(script):
    """{name: text} of the `// name: text` lines at the script's head."""
    matches = [_DIRECTIVE.match(line) for line in script.read_text().splitlines()[:6]]
    said = {match.group(1): match.group(2) or "" for match in matches if match}
    if "starts" in said:
        tolerance = re.fullmatch(r"(\d+) ms", said["starts"])
        if not tolerance:
            raise SystemExit("%s: `// starts: N ms` is wanted, not %r" % (script, said["starts"]))
        said["starts"] = int(tolerance.group(1))
    return said


class Started:
    """A run under way; ended() waits for it and gives its exit code, log, summary export (None if there is none), and
    samples as lines of JSON."""

    def __init__(self, program, script, servers, said, extra):
        self._folder = tempfile.TemporaryDirectory(prefix="loadctl-compare-")
        self._export = pathlib.Path(self._folder.name) / "summary.json"
        self._samples = pathlib.Path(self._folder.name) / "samples.json"
        command = [program, "run", "-q", "--log-format", "json", *servers.flags()]
        command += ["-o", "json=%s" % self._samples] if "samples" in said else []
        command += ["--summary-export", str(self._export), *shlex.split(said.get("flags", "")), *extra, script.name]
        # k6 would ask a server for a build with an unknown module.
        env = {"K6_AUTO_EXTENSION_RESOLUTION": "false", **servers.environment(said.get("environment", ""))}
        self._process = subprocess.Popen(
            command, cwd=script.parent, env=harness.clean_environment(env),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def ended(self):
        try:
            _, log = self._process.communicate(timeout=TIMEOUT_SECONDS)
            summary = json.loads(self._export.read_text()) if self._export.exists() else None
            samples = self._samples.read_text() if self._samples.exists() else ""
            return self._process.returncode, log.decode(), summary, samples
        finally:
            self._process.kill()
            self._process.wait()
            self._folder.cleanup()


def run(program, script, servers, said, extra=()):
    """The facts of one run."""
    return facts([Started(program, script, servers, said, extra).ended()], said, servers)


def run_segments(program, script, servers, said, number):
    """The facts of `number` runs at a time, each of its part of the whole, together."""
    points = [fractions.Fraction(i, number) for i in range(number + 1)]
    sequence = ["--execution-segment-sequence", ",".join(map(str, points))]
    running = [Started(program, script, servers, said, ["--execution-segment", "%s:%s" % ends, *sequence])
               for ends in zip(points, points[1:])]
    result = facts([one.ended() for one in running], said, servers)
    result["errors and warnings"] = [line for line in result["errors and warnings"] if line not in _OF_AN_EMPTY_SEGMENT]
    return result


def facts(runs, said, servers):
    """{what: lines} of one run, or of several that are parts of one; under "starts" {name: [ms]}."""
    console, problems = [], set()
    for _, log, *_ in runs:
        lines, others = _messages(log, servers)
        console += lines
        problems |= others
    begun, console = starts.taken_from(console) if "starts" in said else ({}, console)
    if "repeated" in said:
        console = list(dict.fromkeys(console))
    unordered = "unordered" in said or "segments" in said
    result = {"exit code": sorted({str(code) for code, *_ in runs}), "errors and warnings": sorted(problems),
              "console": sorted(console) if unordered else console}
    summaries = [summary for _, _, summary, _ in runs if summary is not None]
    if "samples" in said:
        result["samples"] = _samples("".join(samples for *_, samples in runs), servers)
    if summaries:
        _add_summaries(result, summaries, said)
    result["numbers of starts"] = ["%s %d" % (name, len(times)) for name, times in begun.items()]
    return result | {"starts": begun}


def _samples(lines, servers):
    """Each kind of sample of the requests, by metric and tags, and how many there were; of times only whether they are 0."""
    counts = collections.Counter()
    for line in lines.splitlines():
        record = json.loads(line)
        if record["type"] != "Point" or not record["metric"].startswith(("http_", "checks")):
            continue
        data = record["data"]
        value = data["value"] if record["metric"] in ("http_reqs", "http_req_failed", "checks") else ""
        if record["metric"] in _ZERO_MATTERS:
            value = "some" if data["value"] else 0
        tags = " ".join("%s=%s" % item for item in sorted(data["tags"].items()))
        counts["%s %s %s" % (record["metric"], value, _normalised(servers.named(tags)))] += 1
    return ["%d of %s" % (count, kind) for kind, count in sorted(counts.items())]


def _messages(log, servers):
    """What console.* printed, in order; errors and warnings, each once."""
    console, problems = [], set()
    for line in log.splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            record = {"level": "plain", "msg": line}
        message = servers.named(record.get("msg", ""))
        if record.get("source") == "console":
            console.append("%s: %s" % (record["level"], message))
        elif record["level"] in ("error", "warning", "plain"):
            first = message.split("\n")[0]
            if not _OF_LOADCTL_ALONE.search(first):
                problems.add("%s: %s" % (record["level"], _normalised(first)))
    return console, problems


def _normalised(text):
    """An error's first line without what may differ: the program's name, folders, columns, times."""
    text = re.sub(r"file://[^ ]*/", "file://", text)
    # Columns are the engine's own: of a call or of its callee.
    text = re.sub(r"(\.js:\d+):\d+(\(\d+\))?", r"\1", text)
    text = re.sub(r"\b(k6|loadctl) received", "PROGRAM received", text)
    text = re.sub(r"\d+(\.\d+)?(ms|µs|s)\b", "#", text)
    return re.sub(r"127\.0\.0\.1:\d+", "ADDRESS", text)


def _add_summaries(result, summaries, said):
    names, counts, checks, thresholds = set(), {}, {}, set()
    for summary in summaries:
        for name, values in summary["metrics"].items():
            # Looked at once a second: a short run has them or has not, as the machine goes.
            if name not in ("vus", "vus_max"):
                names.add(name)
            if "count" in values and not name.startswith("data_"):
                counts[name] = counts.get(name, 0) + values["count"]
            thresholds |= {"%s %s %s" % (name, *item) for item in values.get("thresholds", {}).items()}
        for path, passes, fails in _checks(summary["root_group"]):
            sums = checks.setdefault(path, [0, 0])
            sums[0] += passes
            sums[1] += fails
    varying = "varying" in said
    result["metrics"] = sorted(names)
    result["checks"] = [path if varying else "%s %d %d" % (path, *sums) for path, sums in sorted(checks.items())]
    if not varying:
        result["counts"] = ["%s %d" % item for item in sorted(counts.items())]
    if "segments" not in said:
        result["thresholds"] = sorted(thresholds)


def _checks(group):
    for check in group["checks"].values():
        yield check["path"], check["passes"], check["fails"]
    for inner in group["groups"].values():
        yield from _checks(inner)


def difference(theirs, ours):
    """Lines that say how two facts differ, but in the times of starts."""
    for part in theirs:
        if part == "starts":
            continue
        if part not in ours:
            yield "%s: none from loadctl" % part
        elif theirs[part] != ours[part]:
            yield "%s differ:" % part
            for line in theirs[part]:
                if line not in ours[part]:
                    yield "  k6 only:      " + line
            for line in ours[part]:
                if line not in theirs[part]:
                    yield "  loadctl only: " + line
            if sorted(theirs[part]) == sorted(ours[part]):
                yield "  the same lines in another order: " + " | ".join(ours[part])
            elif set(theirs[part]) == set(ours[part]):
                yield "  the same lines, but not as often: %d and %d" % (len(theirs[part]), len(ours[part]))
