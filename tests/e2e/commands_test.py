"""The commands beside `run`, the configuration file, and archives, as real programs."""

import io
import json
import os
import pathlib
import tarfile
import unittest

import harness

PRINT = "export default function () { console.log('FOO is ' + __ENV.FOO); }"


class Help(harness.Case):
    COMMANDS = ("run", "archive", "inspect", "new", "report", "judge", "runs", "attach", "status", "stats", "agents", "pause",
                "resume", "scale", "stop", "controller", "certs", "version")

    def test_every_command_has_it_in_both_forms(self):
        overview = harness.loadctl("help").stdout
        for command in self.COMMANDS:
            asked = harness.loadctl("help", command)
            self.expect_code(asked, 0)
            self.assertIn("Usage:\n  loadctl " + command, asked.stdout)
            self.assertEqual(harness.loadctl(command, "--help").stdout, asked.stdout)
            self.assertIn("\n  %s " % command, overview)

    def test_the_version_as_text_and_as_json(self):
        said = harness.loadctl("version").stdout
        self.assertRegex(said, r"^loadctl v\d+\.\d+\.\d+ \(commit/\w+, linux/\w+\)\n$")
        self.assertEqual(harness.loadctl("--version").stdout, said)
        asked = json.loads(harness.loadctl("version", "--json").stdout)
        self.assertEqual("loadctl %(version)s (commit/%(commit)s, %(os)s/%(arch)s)\n" % asked, said)
        refused = harness.loadctl("version", "--yaml")
        self.expect_code(refused, 255)
        self.assertEqual(refused.stderr, "loadctl version: unknown argument: --yaml\n")

    def test_the_compatibility_page_is_in_the_program(self):
        page = (pathlib.Path(__file__).parents[2] / "docs" / "compatibility.md").read_text()
        self.assertEqual(harness.loadctl("help", "compat").stdout, page)
        row = harness.loadctl("help", "compat", "httpdebug").stdout
        self.assertIn("| `httpDebug` |", row)
        self.assertLess(len(row), 2000)
        self.expect_code(harness.loadctl("help", "compat", "no such thing"), 255)


class Config(harness.Case):
    OPTIONS = "export const options = { iterations: 2 }; export default function () {}"

    def config(self, text, name="config.json"):
        return self.folder.script(text, name)

    def test_a_file_lies_under_the_script(self):
        config = self.config('{"vus": 3, "iterations": 9, "unknown": 1}')
        run = self.run_script("export default function () {}", "--config", config)
        self.expect_code(run, 0)
        self.assertEqual(run.count("iterations"), 9, str(run))
        run = self.run_script("export const options = { iterations: 4 }; export default function () {}", "-c", config)
        self.assertEqual(run.count("iterations"), 4, str(run))
        run = self.run_script("export default function () {}", env={"K6_CONFIG": config, "K6_ITERATIONS": "5"})
        self.assertEqual(run.count("iterations"), 5, str(run))

    def test_the_default_place_is_that_of_k6(self):
        self.config('{"vus": 1, "iterations": 6}', "home/.config/k6/config.json")
        self.config('{"vus": 1, "iterations": 7}', "xdg/k6/config.json")
        home = {"HOME": str(self.folder.path / "home"), "XDG_CONFIG_HOME": ""}
        run = self.run_script("export default function () {}", env=home)
        self.assertEqual(run.count("iterations"), 6, str(run))
        run = self.run_script("export default function () {}",
                              env=dict(home, XDG_CONFIG_HOME=str(self.folder.path / "xdg")))
        self.assertEqual(run.count("iterations"), 7, str(run))
        run = self.run_script("export default function () {}",
                              env=dict(home, XDG_CONFIG_HOME=str(self.folder.path / "none")))
        self.assertEqual(run.count("iterations"), 1, str(run))

    def test_a_bad_file_is_named(self):
        missing = self.run_script(self.OPTIONS, "--config", "nowhere.json")
        self.expect_one_error(missing, 104, "nowhere.json", "no such file")
        bad = self.run_script(self.OPTIONS, "--config", self.config('{\n "vus": }'))
        self.expect_one_error(bad, 104, "config.json", "line 2, column 9")
        folder = self.run_script(self.OPTIONS, "--config", str(self.folder.path))
        self.expect_one_error(folder, 104, "is a directory")
        wrong = self.run_script(self.OPTIONS, env={"K6_CONFIG": self.config('{"vus": "many"}')})
        self.expect_one_error(wrong, 104, "config.json", "option vus of the configuration file wants a whole number")

    def test_an_endless_file_ends(self):
        run = self.run_script(self.OPTIONS, "--config", "/dev/zero")
        self.expect_one_error(run, 104, "larger than 16 MiB")


class Stdin(harness.Case):
    def test_open_starts_at_the_current_folder(self):
        self.folder.script("from the current folder", "data/x.txt")
        run = harness.loadctl("run", "-", cwd=str(self.folder.path),
                              stdin=b"const x = open('./data/x.txt'), y = open('data/x.txt');"
                                    b"export default function () { console.log(x, y); }")
        self.expect_code(run, 0)
        self.expect_text(run, "from the current folder from the current folder")

    def test_so_do_imports_but_absolute_ones(self):
        self.folder.script("export const x = 1;", "m.js")
        for name in ("./m.js", self.folder.path / "m.js"):
            script = "import { x } from '%s'; export default function () { console.log('x', x); }" % name
            run = harness.loadctl("run", "-", cwd=str(self.folder.path), stdin=script.encode())
            self.expect_code(run, 0)
            self.expect_text(run, "x 1")
        run = harness.loadctl("run", "-", cwd=str(self.folder.path),
                              stdin=b"import { x } from './gone.js'; export default function () {}")
        self.expect_one_error(run, 107, "could not initialize '-'", "file:///-", "couldn't be found")

    def test_its_archive_has_what_it_opened(self):
        self.folder.script("from the current folder", "data/x.txt")
        harness.loadctl("archive", "-", cwd=str(self.folder.path),
                        stdin=b"const x = open('data/x.txt'); export default function () { console.log(x); }")
        run = harness.loadctl("run", str(self.folder.path / "archive.tar"), cwd="/")
        self.expect_code(run, 0)
        self.expect_text(run, "from the current folder")

    def test_an_archive_may_come_from_there(self):
        script = self.folder.script(PRINT)
        harness.loadctl("archive", "-e", "FOO=7", script, cwd=str(self.folder.path))
        run = harness.loadctl("run", "-", cwd=str(self.folder.path),
                              stdin=(self.folder.path / "archive.tar").read_bytes())
        self.expect_code(run, 0)
        self.expect_text(run, "FOO is 7")


class Inspect(harness.Case):
    def inspect(self, text, *flags, **options):
        return harness.loadctl("inspect", *flags, self.folder.script(text), **options)

    def test_prints_the_options_of_the_script_alone(self):
        run = self.inspect("export const options = { vus: 2, duration: '90s', tags: { a: '<' } };"
                           "export default function () {}", env={"K6_VUS": "9"})
        self.expect_code(run, 0)
        self.assertFalse(run.stdout.endswith("\n"))
        options = json.loads(run.stdout)
        self.assertEqual(list(options)[:6], ["paused", "vus", "duration", "iterations", "stages", "scenarios"])
        self.assertEqual((options["vus"], options["duration"], options["rps"]), (2, "1m30s", None))
        self.assertIn("\\u003c", run.stdout)

    def test_execution_requirements_are_those_of_all_layers(self):
        run = self.inspect("export const options = { vus: 2, duration: '90s' }; export default function () {}",
                           "--execution-requirements", env={"K6_VUS": "9"})
        self.expect_code(run, 0)
        found = json.loads(run.stdout)
        self.assertEqual((found["totalDuration"], found["maxVUs"]), ("2m0s", 9))
        self.assertEqual(found["scenarios"]["default"]["executor"], "constant-vus")
        bad = self.inspect("export const options = { thresholds: { nothing: ['count>1'] } };"
                           "export default function () {}", "--execution-requirements")
        self.expect_one_error(bad, 104, 'no metric name "nothing" found')

    def test_errors_are_those_of_a_run(self):
        self.expect_one_error(self.inspect("export const options = { vus: 'x' }; export default function () {}"), 104,
                              "option vus of the script wants a whole number")
        self.expect_one_error(self.inspect("throw new Error('no');"), 107, "no")
        self.expect_one_error(self.inspect("const x = 1;"), 255, "no exported functions in script")
        self.expect_one_error(harness.loadctl("inspect"), 255, "accepts 1 arg(s), received 0")
        self.expect_one_error(harness.loadctl("inspect", "-u", "1", "a.js"), 255, "unknown shorthand flag: 'u' in -u")

    def test_compat_lists_every_script(self):
        self.folder.script("export const options = { iterations: 2 }; export default function () {}", "tests/good.js")
        self.folder.script("export const x = 1;", "tests/lib/module.js")
        self.folder.script("import { browser } from 'k6/browser'; export default function () {}", "tests/html.js")
        self.folder.script("export const options = { features: ['x'], ext: { a: 1 } }; export default function () {}",
                           "tests/features.js")
        self.folder.script("import { nothing } from './nowhere.js'; export default function () {}", "tests/gone.js")
        self.folder.script("export default 1;", "tests/node_modules/ignored.js")
        run = harness.loadctl("inspect", "--compat", str(self.folder.path / "tests"))
        self.expect_code(run, 104)
        lines = [line.split() for line in run.stdout.splitlines()]
        states = {line[0]: line[1] for line in lines if line and line[0].endswith(".js")}
        self.assertEqual(states, {"good.js": "runs", "lib/module.js": "module", "html.js": "not", "features.js": "not",
                                  "gone.js": "fails"}, str(run))
        for text in ("not yet   import k6/browser", "not yet   option features of the script", "option ext of the script is ignored",
                     "couldn't be found on local disk", "5 scripts: run: 1, run with differences: 0, not yet: 2, fail: 1"):
            self.expect_text(run, text)
        self.folder.script("export function helper() { return 1; }", "more/helper.js")
        self.folder.script("if (!__ENV.NAME) throw new Error('no name'); export const x = 1;", "more/strict.js")
        self.folder.script("import { x } from './strict.js'; import { helper } from './helper.js'; "
                           "export default function () {}", "more/uses.js")
        self.folder.script("import x from 'https://jslib.k6.io/a.js'; export default function () {}", "more/web.js")
        self.folder.script("import x from 'k6/htp'; export default function () {}", "more/slip.js")
        self.folder.script("import ws from 'k6/browser'; import y from 'k6/htttp'; export default function () {}", "more/two.js")
        run = harness.loadctl("inspect", "--compat", str(self.folder.path / "more"))
        states = {line.split()[0]: line.split()[1] for line in run.stdout.splitlines() if ".js " in line}
        self.assertEqual(states["helper.js"], "module", str(run))
        self.assertEqual(states["strict.js"], "module", str(run))
        self.assertEqual(states["slip.js"], "fails", str(run))
        self.expect_text(run, "not yet   import k6/browser")
        self.expect_text(run, 'there is no module "k6/htttp"; did you mean "k6/http"?')
        self.expect_text(run, 'slip.js:1:15: there is no module "k6/htp"; did you mean "k6/http"?')
        one = harness.loadctl("inspect", "--compat", str(self.folder.path / "tests" / "features.js"))
        self.expect_code(one, 104)
        self.expect_text(one, "1 script: run: 0, run with differences: 0, not yet: 1")
        (self.folder.path / "one").mkdir()
        (self.folder.path / "one" / "good.js").write_text("export default function () {}")
        self.expect_code(harness.loadctl("inspect", "--compat", str(self.folder.path / "one")), 0)
        (self.folder.path / "empty").mkdir()
        empty = harness.loadctl("inspect", "--compat", str(self.folder.path / "empty"))
        self.expect_one_error(empty, 255, "there is no script")
        self.expect_one_error(harness.loadctl("inspect", "--compat", "nowhere"), 255, "nowhere")


class New(harness.Case):
    def new(self, *arguments):
        return harness.loadctl("new", *arguments, cwd=str(self.folder.path))

    def test_writes_a_script_that_runs(self):
        run = self.new()
        self.expect_code(run, 0)
        self.assertEqual(run.stdout, "New script created: script.js (minimal template).\n")
        self.assertEqual(json.loads(harness.loadctl("inspect", str(self.folder.path / "script.js")).stdout)["vus"], 10)
        with harness.Nginx() as target:
            run = harness.loadctl("run", "-u", "2", "-i", "2", "-e", "BASE_URL=" + target.url, str(self.folder.path / "script.js"))
            self.expect_code(run, 0)
            self.assertEqual(run.export["root_group"]["checks"]["status is 200"]["passes"], 2, str(run))

    def test_keeps_what_is_there(self):
        self.folder.script("mine", "a.js")
        self.expect_one_error(self.new("a.js"), 255, "a.js already exists. Use the `--force` flag to overwrite it")
        self.assertEqual((self.folder.path / "a.js").read_text(), "mine")
        run = self.new("-f", "a.js", "--template", "protocol", "--project-id", "12")
        self.assertEqual(run.stdout, "New script created: a.js (protocol template).\n")
        self.assertIn("projectID: 12,", (self.folder.path / "a.js").read_text())

    def test_templates(self):
        browser = self.new("b.js", "--template=browser")
        self.expect_code(browser, 0)
        self.expect_text(browser, "k6/browser, which is not yet supported")
        self.expect_one_error(self.new("c.js", "--template", "none"), 255,
                              'error retrieving template: invalid template type "none"')
        self.folder.script("// {{ .ScriptName }}{{ range }}", "own")
        self.expect_one_error(self.new("c.js", "--template", "own"), 255, "did you mean ./own?")
        self.expect_one_error(self.new("c.js", "--template", "./own"), 255, "./own", "line 1")
        self.assertFalse((self.folder.path / "c.js").exists())
        self.folder.script("// {{ .ScriptName }}", "own")
        self.expect_code(self.new("c.js", "--template", "./own"), 0)
        self.assertEqual((self.folder.path / "c.js").read_text(), "// c.js")
        self.expect_one_error(self.new("a.js", "b.js"), 255, "accepts at most 1 arg(s), received 2")


class Archive(harness.Case):
    SCRIPT = """import { name } from './lib/name.js';
        const data = open('../data/d.txt');
        export const options = { vus: 2, iterations: 4, thresholds: { iterations: ['count==4'] } };
        export default function () { console.log(name, data, __ENV.FOO, __ENV.BAR); }"""

    def archive(self, *flags, script=SCRIPT, **options):
        self.folder.script("export const name = 'lib';", "t/lib/name.js")
        self.folder.script("data", "data/d.txt")
        path = self.folder.script(script, "t/main.js")
        return harness.loadctl("archive", *flags, path, cwd=str(self.folder.path), **options)

    def test_runs_where_the_files_are_gone(self):
        self.expect_code(self.archive("-e", "FOO=foo", "-O", "out.tar"), 0)
        for path in ("t/main.js", "t/lib/name.js", "data/d.txt"):
            os.remove(self.folder.path / path)
        for flags in ([], ["-t", "archive"], ["--agents", "2"]):
            run = harness.loadctl("run", *flags, "-e", "BAR=bar", str(self.folder.path / "out.tar"))
            self.expect_code(run, 0)
            self.assertEqual(run.count("iterations"), 4, str(run))
            self.expect_text(run, "lib data foo bar")

    def test_flags_of_both_times_count(self):
        self.expect_code(self.archive("-i", "6", "-e", "FOO=then", env={"K6_BATCH": "3"}), 0)
        archive = str(self.folder.path / "archive.tar")
        with tarfile.open(archive) as tar:
            metadata = json.load(tar.extractfile("metadata.json"))
            self.assertEqual(metadata["options"]["iterations"], 6)
            self.assertEqual(metadata["options"]["batch"], 3)
            self.assertEqual(metadata["env"], {"FOO": "then"})
            self.assertEqual(tar.getmember(tar.getnames()[-1]).linkname, "data")
        run = harness.loadctl("run", "-e", "FOO=now", "--no-thresholds", archive)
        self.assertEqual(run.count("iterations"), 6, str(run))
        self.expect_text(run, "lib data now undefined")
        run = harness.loadctl("run", "-i", "4", archive)
        self.expect_code(run, 0)
        self.assertEqual(run.count("iterations"), 4, str(run))

    def test_env_that_is_not_utf8(self):
        env = {"MINE_\udcff": "v\udcfe"}  # the bytes ff and fe
        script = """
const seen = () => console.log(Object.keys(__ENV).filter((name) => name.startsWith('MINE_'))
  .map((name) => `<${name} ${__ENV[name]}>`).join());
seen();
export function setup() { seen(); }
export default seen;
"""
        run = self.run_script(script, "--agents", "2", env=env)
        self.expect_code(run, 0)
        self.assertEqual(run.stderr.count("<MINE_\ufffd v\ufffd>"), run.stderr.count("source=console"), str(run))
        self.assertGreaterEqual(run.stderr.count("<MINE_"), 3, str(run))
        flags = ("--include-system-env-vars", "-O", str(self.folder.path / "env.tar"))
        self.expect_code(harness.loadctl("archive", *flags, self.folder.script(script), env=env), 0)
        with tarfile.open(self.folder.path / "env.tar") as tar:
            self.assertEqual(json.load(tar.extractfile("metadata.json"))["env"]["MINE_\ufffd"], "v\ufffd")

    def test_env_can_be_left_out(self):
        self.expect_code(self.archive("-e", "FOO=x", "--exclude-env-vars"), 0)
        with tarfile.open(self.folder.path / "archive.tar") as tar:
            self.assertIsNone(json.load(tar.extractfile("metadata.json"))["env"])

    def test_only_its_owner_may_read_it(self):
        """Its files and variables may be secrets."""
        self.archive()
        path = self.folder.path / "archive.tar"
        path.chmod(0o644)
        self.archive()
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)

    def test_can_be_written_to_stdout(self):
        harness.loadctl("archive", "-O", "-", self.folder.script("export default function () {}"))
        with harness.Started("archive", "-O", "-", self.folder.script("export default function () {}")) as started:
            started.finish()
            raw = pathlib.Path(started._folder.name, "stdout").read_bytes()  # Run decodes, a tar is bytes
        with tarfile.open(fileobj=io.BytesIO(raw)) as tar:
            self.assertEqual(tar.getnames()[:2], ["metadata.json", "data"])

    def test_nothing_outside_it_can_be_opened(self):
        secret = self.folder.script("secret", "secret.txt")
        script = "const s = __ENV.NOW ? open('%s') : ''; export default function () { console.log(s); }" % secret
        self.expect_code(self.archive(script=script), 0)
        run = harness.loadctl("run", "-e", "NOW=1", str(self.folder.path / "archive.tar"))
        self.expect_code(run, 107)
        self.expect_text(run, "no such file or directory")
        self.assertNotIn('msg=secret', run.stderr)

    def test_bad_archives_are_refused_by_name(self):
        metadata = {"type": "js", "options": {}, "filename": "file:///a.js", "pwd": "file:///", "env": {}}
        main = b"export default function () {}"

        def tar_of(*entries):
            path = self.folder.path / "bad.tar"
            with tarfile.open(path, "w") as tar:
                for name, content in entries:
                    info = tarfile.TarInfo(name)
                    info.size = len(content)
                    tar.addfile(info, io.BytesIO(content))
            return str(path)

        def refused(path, code, *texts):
            self.expect_one_error(harness.loadctl("run", path), code, *texts)

        good = ("metadata.json", json.dumps(metadata).encode()), ("data", main)
        self.expect_code(harness.loadctl("run", tar_of(*good)), 0)
        prefix = "could not load test archive bundle"
        refused(tar_of(*good, ("file/../../x", b"")), 255, prefix, "file/../../x", "leaves the archive")
        refused(tar_of(*good, ("/file/x", b"")), 255, prefix, "leaves the archive")
        refused(tar_of(*good, ("ftp/x", b"")), 255, prefix, "unknown file prefix `ftp`")
        refused(tar_of(good[1]), 255, prefix, "no metadata.json")
        refused(tar_of(("metadata.json", b"{"), good[1]), 255, prefix, "metadata.json")
        wrong = dict(metadata, options={"vus": "x"})
        refused(tar_of(("metadata.json", json.dumps(wrong).encode()), good[1]), 104, "option vus")
        self.expect_one_error(harness.loadctl("run", "-t", "archive", self.folder.script("text")), 255, prefix)
        self.expect_one_error(harness.loadctl("run", "-t", "js", tar_of(*good)), 107, "could not load JS test")
        with open(tar_of(*good), "r+b") as file:
            file.truncate(1200)
        refused(str(self.folder.path / "bad.tar"), 255, prefix)

    def test_flags_that_a_run_refuses_are_written_down(self):
        self.expect_code(self.archive(env=dict(os.environ, K6_METRIC_SAMPLES_BUFFER_SIZE="500")), 0)
        run = harness.loadctl("run", str(self.folder.path / "archive.tar"))
        self.expect_one_error(run, 104, "option metricSamplesBufferSize of the script is not yet supported")


if __name__ == "__main__":
    unittest.main()
