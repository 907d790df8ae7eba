"""Runs the commands in README.md and docs/, and checks that their links lead somewhere.

A fenced block whose info string is `sh run` is run by bash from the repository's root; it must exit
with 0, or with N if the string says `exit=N`, within 60 s, or N if it says `limit=N`; it is left out
if it says `needs=PATH` and there is no such file. A block `js as=NAME` is saved as ~/NAME for the
blocks after it in the same file. HOME is a new folder for each file, build/release/bin (or the folder of $LOADCTL) comes first in PATH, and $TARGET is the
address of a server (scripts/demo_target.sh). Other blocks are only shown.

    python3 tests/docs_test.py [-v] [Docs.test_links | Docs.test_commands]
"""

import os
import pathlib
import re
import signal
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]
LIMIT = 60

_FENCE = re.compile(r"^(?P<fence>`{3,}|~{3,})(?P<info>[^\n]*)\n(?P<body>.*?)^(?P=fence)[`~]*[ \t]*$", re.M | re.S)
_LINK = re.compile(r"\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
_REFERENCE = re.compile(r"^\s*\[[^\]]+\]:\s+<?(\S+?)>?$", re.M)
_CODE = re.compile(r"(`+)[^`](?:.*?[^`])?\1(?!`)", re.S)


def documents():
    """Every Markdown file of the repository, known to git or new."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.md"], cwd=ROOT, check=True,
                            capture_output=True, text=True).stdout.splitlines()
    return sorted({ROOT / path for path in listed if (ROOT / path).is_file()})


def with_commands():
    return [path for path in documents() if path.parent == ROOT or ROOT / "docs" in path.parents]


def blocks(text):
    """(line, words of the info string, body) of each fenced block."""
    for found in _FENCE.finditer(text):
        yield text.count("\n", 0, found.start()) + 1, found["info"].split(), found["body"]


def option(words, name, default):
    values = [word.partition("=")[2] for word in words if word.startswith(name + "=")]
    return values[-1] if values else default


def links(text):
    """Targets of the links outside code."""
    text = _CODE.sub("", _FENCE.sub("", text))
    return _LINK.findall(text) + _REFERENCE.findall(text)


def anchors(path):
    """What GitHub makes of a page's headings."""
    made = set()
    for heading in re.findall(r"^#+\s+(.*?)\s*#*$", _FENCE.sub("", path.read_text()), re.M):
        slug = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()).replace(" ", "-")
        number, name = 0, slug
        while name in made:
            number += 1
            name = "%s-%d" % (slug, number)
        made.add(name)
    return made


class Target:
    """scripts/demo_target.sh, for as long as the `with` lasts."""

    def __enter__(self):
        script = "source scripts/lib.sh; source scripts/demo_target.sh; trap demo_target_stop EXIT; " \
                 "demo_target_start 2>&1; echo \"url $DEMO_TARGET\"; read -r _ || true"
        self.process = subprocess.Popen(["bash", "-c", script], cwd=ROOT, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        said = []
        for line in self.process.stdout:
            if line.startswith("url "):
                return line.split()[1]
            said.append(line)
        self.__exit__()
        raise RuntimeError("no demo target: " + "".join(said))

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


def run(script, environment, limit):
    """Exit status (None: over the limit) and output of a block; nothing of it is left behind."""
    process = subprocess.Popen(["bash", "-e", "-o", "pipefail", "-c", script], cwd=ROOT, env=environment,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               text=True, errors="replace", start_new_session=True)
    try:
        output, _ = process.communicate(timeout=limit)
        return process.returncode, output
    except subprocess.TimeoutExpired:
        status = None if process.poll() is None else process.returncode
        os.killpg(process.pid, signal.SIGKILL)
        return status, process.communicate()[0]


class Docs(unittest.TestCase):
    def test_links(self):
        for path in documents():
            text = path.read_text()
            for link in links(text):
                if re.match(r"[a-z][a-z0-9+.-]*:", link):
                    continue
                name, _, anchor = link.partition("#")
                target = (path.parent / name).resolve() if name else path
                with self.subTest(page=str(path.relative_to(ROOT)), link=link):
                    self.assertTrue(target.exists(), "no such file")
                    if anchor and target.suffix == ".md":
                        self.assertIn(anchor, anchors(target), "no such heading")

    def test_commands(self):
        programs = pathlib.Path(os.environ.get("LOADCTL", ROOT / "build/release/bin/loadctl")).resolve().parent
        self.assertTrue((programs / "loadctl").exists(), "build first: no loadctl in %s" % programs)
        with Target() as target:
            for path in with_commands():
                with tempfile.TemporaryDirectory(prefix="loadctl-docs-") as home:
                    environment = dict(os.environ, HOME=home, XDG_CONFIG_HOME="", TARGET=target, NO_COLOR="1",
                                       PATH="%s:%s" % (programs, os.environ["PATH"]))
                    self.run_blocks(path, home, environment)

    def run_blocks(self, path, home, environment):
        for line, words, body in blocks(path.read_text()):
            if words[:1] == ["js"] and option(words, "as", None):
                (pathlib.Path(home) / option(words, "as", None)).write_text(body)
            if words[:2] != ["sh", "run"] or not (ROOT / option(words, "needs", ".")).exists():
                continue
            with self.subTest(block="%s:%d" % (path.relative_to(ROOT), line)):
                expected, limit = int(option(words, "exit", 0)), int(option(words, "limit", LIMIT))
                status, output = run(body, environment, limit)
                self.assertIsNotNone(status, "not done after %d s:\n%s\n%s" % (limit, body, output))
                self.assertEqual(status, expected, "exit status of\n%s\n%s" % (body, output))


if __name__ == "__main__":
    unittest.main()
