"""Whatever is wrong with what the user gave: one clear error with the right exit status, soon, and nothing left over."""

import json
import os
import signal
import subprocess
import sys
import unittest

import harness

EMPTY = "export default function () {}"


class Files(harness.Case):
    def run_path(self, *arguments):
        return harness.loadctl("run", *arguments, cwd=str(self.folder.path))

    def test_missing_file(self):
        self.expect_one_error(self.run_path("nothing.js"), 255, "nothing.js", "couldn't be found on local disk")

    def test_directory(self):
        (self.folder.path / "folder.js").mkdir()
        self.expect_one_error(self.run_path("folder.js"), 255, "folder.js")

    def test_no_script(self):
        run = self.run_path()
        self.expect_code(run, 255)
        self.expect_text(run, "accepts 1 arg(s), received 0")

    def test_script_from_stdin(self):
        run = harness.loadctl("run", "-", stdin=b"export default function () { console.log('from stdin'); }")
        self.expect_code(run, 0)
        self.expect_text(run, "from stdin")

    def test_import_of_a_missing_file(self):
        run = self.run_script("import { a } from './lib/none.js'; " + EMPTY)
        self.expect_one_error(run, 107, "lib/none.js", "couldn't be found on local disk")

    def test_unknown_import(self):
        run = self.run_script("import x from 'k6/nothing'; " + EMPTY)
        self.expect_one_error(run, 107, "k6/nothing")

    def test_all_imports_that_are_not_there_are_told_at_once(self):
        self.folder.script("import ws from 'k6/ws';", "lib/net.js")
        run = self.run_script("import './lib/net.js';\nimport x from 'k6/htp';\n  import y from 'k6/browser';\n"
                              "import z from './nope.js'; " + EMPTY)
        self.expect_one_error(run, 107, 'lib/net.js:1:16: the module "k6/ws" is not yet supported',
                              'script.js:2:15: there is no module "k6/htp"; did you mean "k6/http"?',
                              'script.js:3:17: the module "k6/browser" is not yet supported',
                              'script.js:4:15: the file "./nope.js" couldn\'t be found')
        run = self.run_script("import z from './nope.js'; import y from 'k6/browser'; " + EMPTY)
        self.expect_one_error(run, 107, 'script.js:1:15: the file "./nope.js"', 'script.js:1:42: the module "k6/browser"')

    def test_open_of_a_missing_file(self):
        self.expect_one_error(self.run_script("open('./none.csv'); " + EMPTY), 107, "none.csv")

    def test_export_that_cannot_be_written(self):
        run = harness.loadctl("run", "--summary-export", "/nonexistent/folder/out.json", self.folder.script(EMPTY),
                              export=False)
        self.expect_text(run, "/nonexistent/folder/out.json")
        self.assertEqual(len(run.errors()), 1, str(run))


class Limits(harness.Case):
    """Limits of the shell are said in words, and no program aborts."""

    def run_under(self, limits, *command):
        line = "ulimit %s; exec \"$@\"" % limits
        return subprocess.run(["sh", "-c", line, "sh", *map(str, command)], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=60, env=harness.clean_environment(), check=False)

    def test_open_files(self):
        script = self.folder.script(EMPTY)
        for command in ((harness.LOADCTL, "run", script), (harness.LOADCTL, "controller", "--listen", "127.0.0.1:0")):
            run = self.run_under("-n 8", *command)
            self.assertEqual(run.returncode, 255, run.stderr)
            self.assertIn("no more than 8 files may be open", run.stderr)

    def test_address_space(self):
        script = self.folder.script(EMPTY)
        for kibibytes in (100000, 500000, 1500000, 3000000):
            run = self.run_under("-v %d" % kibibytes, harness.LOADCTL, "run", script)
            self.assertEqual(run.returncode, 255, run.stderr)
            self.assertIn("the address space is limited to %d MiB (ulimit -v)" % (kibibytes // 1024), run.stderr)

    def test_folders_of_killed_runs_go_with_the_next(self):
        temporary = self.folder.path / "tmp"
        temporary.mkdir()
        env = {"TMPDIR": str(temporary)}
        script = self.folder.script("import { sleep } from 'k6'; export default function () { console.log('at work'); sleep(60); }")
        with harness.Started("run", script, env=env) as started:
            started.wait_for("at work")
            started.signal(signal.SIGKILL)
            started.process.wait(20)
        self.assertEqual(len(list(temporary.iterdir())), 1)
        self.expect_code(harness.loadctl("run", self.folder.script(EMPTY), env=env), 0)
        self.assertEqual(list(temporary.iterdir()), [])


class Scripts(harness.Case):
    def test_syntax_error_has_its_place(self):
        run = self.run_script("const a = 1;\nexport default function () {\n  let b = = 2;\n}\n")
        self.expect_one_error(run, 107, "SyntaxError", "script.js: Line 3:11")

    def test_types_in_a_javascript_file_are_a_syntax_error(self):
        script = self.folder.script("let n: number = 1;\nexport default function () {}", "typed.js")
        self.expect_one_error(harness.loadctl("run", script), 107, "SyntaxError", "typed.js: Line 1:6")

    def test_no_default_function(self):
        run = self.run_script("export const a = 1;")
        self.expect_code(run, 255)
        self.expect_text(run, "no exported functions in script")

    def test_default_is_no_function(self):
        run = self.run_script("export default 5; export function other() {}")
        self.expect_one_error(run, 104, "function 'default' not found in exports")

    # As k6, but that it takes a BigInt, and makes a number of it.
    def test_setup_returns_a_function(self):
        run = self.run_script("export function setup() { return () => 1; } " + EMPTY)
        self.expect_one_error(run, 255, "error marshaling setup() data to JSON", "function")

    def test_setup_returns_a_bigint(self):
        run = self.run_script("export function setup() { return { a: 10n }; } " + EMPTY)
        self.expect_one_error(run, 255, "error marshaling setup() data to JSON", "bigint")

    def test_text_that_is_no_utf8(self):
        text = ("import { check, group } from 'k6';\n"
                "export function handleSummary() { return { stdout: 'half \\ud800 pair\\n' }; }\n"
                "export default function () {\n"
                "  check(1, { 'c\\udc00': () => true });\n"
                "  console.log(__ENV.RAW.length > 0);\n"
                "  throw new Error('half \\ud800 pair');\n}\n")
        script = self.folder.script(text, os.fsdecode(b"name\xff.js"))
        run = harness.loadctl("run", script, "-e", os.fsdecode(b"RAW=\xc0\xff"))
        self.expect_code(run, 0)
        self.assertEqual((run.stdout + run.stderr).count("half \ufffd pair"), 2, str(run))

    def test_checks_in_a_group_without_a_name(self):
        run = self.run_script("import { check, group } from 'k6';\n"
                              "const c = () => check(1, { c: () => true });\n"
                              "export default function () { c(); group('', c); }")
        self.expect_code(run, 0)
        self.expect_text(run, "2 out of 2")

    def test_script_that_computes_for_long(self):
        run = self.run_script("export default function () { const end = Date.now() + 11000; "
                              "while (Date.now() < end); }")
        self.expect_code(run, 0)
        self.assertEqual(run.stderr.count("VU 1 of scenario default has computed for 10s"), 1, str(run))

    def test_setup_returns_a_cycle(self):
        run = self.run_script("export function setup() { const a = {}; a.a = a; return a; } " + EMPTY)
        self.expect_one_error(run, 255, "error marshaling setup() data to JSON", "circular")


class Options(harness.Case):
    def expect_refused(self, options, code, *texts):
        run = self.run_script("export const options = %s; %s" % (options, EMPTY))
        self.expect_one_error(run, code, *texts)
        self.assertLess(run.seconds, 20, str(run))

    def test_exec_names_a_missing_function(self):
        self.expect_refused("{ scenarios: { a: { executor: 'per-vu-iterations', exec: 'gone' } } }", 104, "gone")

    def test_unknown_executor(self):
        self.expect_refused("{ scenarios: { a: { executor: 'as-fast-as-possible' } } }", 104, "as-fast-as-possible")

    def test_no_executor(self):
        self.expect_refused("{ scenarios: { a: { vus: 1 } } }", 104, "executor")

    def test_no_vus(self):
        self.expect_refused("{ scenarios: { a: { executor: 'constant-vus', vus: 0, duration: '1s' } } }", 104,
                            "number of VUs must be more than 0")

    def test_negative_duration(self):
        self.expect_refused("{ vus: 1, duration: '-1s' }", 104, "duration")

    def test_duration_that_is_no_duration(self):
        self.expect_refused("{ vus: 1, duration: 'soon' }", 104, "soon")

    def test_absurd_duration(self):
        self.expect_refused("{ vus: 1, duration: '9999999999999h' }", 104, "9999999999999h")

    def test_threshold_that_does_not_parse(self):
        self.expect_refused("{ thresholds: { iterations: ['count is high'] } }", 104,
                            "failed parsing threshold expression")

    def test_threshold_on_a_missing_metric(self):
        self.expect_refused("{ thresholds: { nothing: ['count>1'] } }", 104,
                            "invalid threshold defined on nothing; reason: no metric name", "nothing")

    def test_threshold_with_another_types_method(self):
        self.expect_refused("{ thresholds: { iterations: ['avg<1'] } }", 104,
                            "unsupported aggregation method avg on metric of type counter")

    def test_options_of_the_wrong_type(self):
        self.expect_refused("{ vus: { a: 1 } }", 104, "vus")


class Flags(harness.Case):
    def expect_refused(self, flags, code, text):
        run = self.run_script(EMPTY, *flags)
        self.expect_code(run, code)
        self.expect_text(run, text)
        self.assertLess(run.seconds, 20, str(run))

    def test_unknown_flag(self):
        self.expect_refused(["--does-not-exist"], 255, "unknown flag: --does-not-exist")

    def test_the_log_format_holds_for_what_is_wrong_with_flags(self):
        run = self.run_script(EMPTY, "--log-format", "raw", "--does-not-exist")
        self.expect_code(run, 255)
        self.assertTrue(run.stderr.startswith("unknown flag: --does-not-exist"), str(run))
        run = self.run_script(EMPTY, "--log-format=json", "-i", "foo")
        self.assertIn("invalid argument", json.loads(run.stderr.strip().splitlines()[-1])["msg"])

    def test_flag_without_value(self):
        run = harness.loadctl("run", self.folder.script(EMPTY), "--vus", export=False)
        self.expect_code(run, 255)
        self.expect_text(run, "flag needs an argument: --vus")

    def test_flag_with_a_wrong_value(self):
        self.expect_refused(["-i", "foo"], 255, 'invalid argument "foo" for "-i, --iterations" flag')

    def test_no_agents(self):
        self.expect_refused(["--agents", "0"], 255, "agents")

    def test_negative_agents(self):
        self.expect_refused(["--agents=-1"], 255, "agents")

    def test_unknown_command(self):
        run = harness.loadctl("runn")
        self.expect_code(run, 255)
        self.expect_text(run, 'unknown command "runn" for "loadctl"; did you mean "run"?')

    def test_commands_of_k6_that_are_missing(self):
        for command in ("cloud", "completion", "deps", "features", "login", "x"):
            run = harness.loadctl(command)
            self.expect_code(run, 255)
            self.expect_text(run, 'k6\'s command "%s" is not yet supported' % command)


if __name__ == "__main__":
    sys.exit(unittest.main())
