"""TypeScript, packages, JSON and file names without endings, as a script's author meets them."""

import http.server
import json
import os
import pty
import re
import shutil
import ssl
import subprocess
import threading
import unittest

import harness


def run(folder, script, *flags, command="run", agents=2):
    more = ("--agents", str(agents)) if command == "run" else ()
    return harness.loadctl(command, *flags, *more, script, cwd=folder.path)


def at_a_terminal(folder, *arguments):
    """What the program writes to a terminal that is its standard error."""
    ours, its = pty.openpty()
    program = subprocess.Popen([harness.LOADCTL, *map(str, arguments)], cwd=folder.path, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=its)
    os.close(its)
    shown = b""
    while True:
        try:
            more = os.read(ours, 65536)
        except OSError:  # nobody has the terminal any more
            more = b""
        if not more:
            break
        shown += more
    os.close(ours)
    program.wait()
    return shown.decode().replace("\r\n", "\n")


class TypeScript(unittest.TestCase):
    def test_what_javascript_lacks(self):
        with harness.Folder() as folder:
            folder.script("export interface User { name: string }\n"
                          "export const greet = (user: User): string => `hello ${user.name}`;\n"
                          "export default abstract class Base { constructor(protected readonly n: number) {} }\n",
                          "lib/greet.ts")
            folder.script("export const two: number = 2;\n", "lib/index.mts")
            script = folder.script("""
import type { Options } from 'k6/options';
import { check } from 'k6';
import Base, { greet, type User } from './lib/greet';
import { two } from './lib/index';
enum Colour { Red = 3, Green }
namespace Units { export const ms = <T,>(value: T): T => value; }
function tag(_: any, context: ClassMemberDecoratorContext) { console.log('decorated ' + String(context.name)); }
class Mine extends Base {
  @tag count(): number { return this.n; }
}
export const options: Options = { vus: 2, iterations: 4 };
export default function (): void {
  const user = { name: 'ann' } satisfies User;
  check(null, {
    all: () => greet(user!) === 'hello ann' && Colour.Green === 4 && Units.ms(two) === 2 && new Mine(7).count() === 7,
  });
}
""", "test.ts")
            result = run(folder, script)
            self.assertEqual(result.code, 0, result)
            self.assertIn("100.00% 4 out of 4", result.stdout)
            self.assertIn("decorated count", result.stderr)

    def test_messages_name_the_authors_line(self):
        with harness.Folder() as folder:
            script = folder.script("""interface A { a: number;
  b: string;
}


function boom(a: A): never {
  const error = new Error('boom ' + a.a);
  console.log(error.stack!.split('\\n').slice(1).join());
  throw error;
}
export default function () { boom({ a: 1, b: 'x' }); }
""", "test.ts")
            result = run(folder, script)
            self.assertIn("Error: boom 1\\n\\tat boom (file://%s:7:17)\\n\\tat default (file://%s:11:30)" %
                          (script, script), result.stderr)
            self.assertIn("    at boom (file://%s:7:17),    at default (file://%s:11:30)" % (script, script),
                          result.stderr)

    def test_a_syntax_error_has_its_place(self):
        with harness.Folder() as folder:
            script = folder.script("const x: number = ;\nexport default function () {}\n", "test.ts")
            result = run(folder, script)
            self.assertEqual(result.code, 107, result)
            self.assertIn('could not load JS test \'file://%s\': file://%s: Line 1:18 Unexpected \\";\\"' %
                          (script, script), result.stderr)

    def test_an_archive_holds_what_the_author_wrote(self):
        with harness.Folder() as folder:
            folder.script("export const n: number = 5;\n", "n.ts")
            folder.script('{"m": 6}', "m.json")
            folder.script("exports.pad = (x) => '<' + x + '>';\n", "node_modules/pad/index.js")
            script = folder.script("import { n } from './n';\nimport { m } from './m.json';\n"
                                   "import { pad } from 'pad';\n"
                                   "export default function (): void { console.log(pad(n + m)); }\n", "test.ts")
            made = run(folder, script, "-O", "test.tar", command="archive")
            self.assertEqual(made.code, 0, made)
            (folder.path / "n.ts").unlink()
            result = run(folder, "test.tar")
            self.assertEqual(result.code, 0, result)
            self.assertIn("<11>", result.stderr)

    def test_from_standard_input(self):
        with harness.Folder() as folder:
            result = harness.loadctl("run", "-", cwd=folder.path,
                                     stdin=b"export default function (): void { console.log('typed' as string); }\n")
            self.assertEqual(result.code, 0, result)
            self.assertIn("typed", result.stderr)


class Packages(unittest.TestCase):
    def test_kinds_of_packages(self):
        with harness.Folder() as folder:
            modules = {
                "cjs/package.json": json.dumps({"name": "cjs", "main": "lib/main"}),
                "cjs/lib/main.js": "exports.add = (a, b) => require('./deep').add(a, b);",
                "cjs/lib/deep.js": "exports.add = (a, b) => a + b;",
                "esm/package.json": json.dumps({"name": "esm", "exports": {".": {"node": "./no.js", "default": "./yes.mjs"},
                                                                           "./sub": "./sub.mjs"}}),
                "esm/yes.mjs": "import { add } from 'cjs'; export default add(1, 2); export const env = process.env.NODE_ENV;",
                "esm/sub.mjs": "import { sleep } from 'k6'; export const kind = typeof sleep;",
                "@scope/typed/package.json": json.dumps({"name": "@scope/typed", "main": "index.ts"}),
                "@scope/typed/index.ts": "export enum E { A = 8 }",
            }
            for name, text in modules.items():
                folder.script(text, "node_modules/" + name)
            script = folder.script("""
import three, { env } from 'esm';
import { kind } from 'esm/sub';
import cjs, { add } from 'cjs';
import { E } from '@scope/typed';
const again = require('cjs');
export default function () {
  console.log([three, env, kind, cjs.add === add, again.add === add, E.A].join());
}
""", "deep/er/test.js")
            result = run(folder, script)
            self.assertEqual(result.code, 0, result)
            self.assertIn("3,production,function,true,true,8", result.stderr)

    def test_globals_of_browsers_are_there_for_packages_alone(self):
        with harness.Folder() as folder:
            folder.script("const t = new EventTarget(); let n = 0;"
                          "t.addEventListener('x', (e) => { n += e.type.length; }, { once: true });"
                          "t.dispatchEvent(new Event('x')); t.dispatchEvent(new Event('x')); export default n;",
                          "node_modules/events/index.mjs")
            folder.script('{"module": "index.mjs"}', "node_modules/events/package.json")
            result = run(folder, folder.script("import n from 'events';\nexport default function () {"
                                               " console.log(n + ' ' + typeof EventTarget); }"))
            self.assertEqual(result.code, 0, result)
            self.assertIn("1 undefined", result.stderr)

    def test_a_package_for_node_is_refused_by_name(self):
        with harness.Folder() as folder:
            folder.script("const fs = require('fs'); exports.x = () => fs.readFileSync('/etc/passwd');",
                          "node_modules/reader/index.js")
            result = run(folder, folder.script("import { x } from 'reader';\nexport default function () { x(); }"))
            self.assertEqual(result.code, 107, result)
            self.assertIn('the package \\"reader\\" needs Node.js\'s own module \\"fs\\"', result.stderr)

    def test_a_package_that_is_not_there(self):
        with harness.Folder() as folder:
            result = run(folder, folder.script("import x from 'nothing';\nexport default function () {}"))
            self.assertEqual(result.code, 107, result)
            self.assertIn('the module \\"nothing\\" is not known', result.stderr)


class Bad(unittest.TestCase):
    def test_a_script_that_is_no_utf8_is_refused_as_k6_does(self):
        with harness.Folder() as folder:
            for name, content, place in (("a.js", b"export default () => {};\n// \xc3\xa9\nconst s = 'a\xff';\n", "3:13"),
                                         ("b.js", b"const a\xff = 1; export default () => {};\n", "1:8")):
                (folder.path / name).write_bytes(content)
                result = harness.loadctl("run", "-q", name, cwd=folder.path)
                self.assertEqual(result.code, 107, result)
                self.assertIn("%s: Line %s Invalid UTF-8 character" % (name, place), result.stderr)

    def test_options_that_are_no_json_are_refused(self):
        for options, why in (("() => ({ vus: 1 })", "json: unsupported type: function"),
                             ("{ vus: () => 1 }", "json: unsupported type: function (of \"vus\")"),
                             ("{ thresholds: { a: [() => 1] } }", "json: unsupported type: function (of \"0\")"),
                             ("{ tags: { toJSON() { return {}; } } }", "json: unsupported type: function (of \"toJSON\")"),
                             ("{ iterations: NaN }", "json: unsupported value: NaN (of \"iterations\")"),
                             ("10n", "json: unsupported type: bigint")):
            with harness.Folder() as folder:
                script = folder.script("export const options = %s;\nexport default () => {};\n" % options)
                result = harness.loadctl("run", "-q", script, cwd=folder.path)
                self.assertEqual(result.code, 255, result)
                self.assertIn("the exported `options` is no JSON value: " + why, result.stderr.replace('\\"', '"'))

    def test_values_that_leave_a_script_are_what_k6_makes_of_them(self):
        with harness.Folder() as folder:
            script = folder.script(
                "class Own { a = 1; f() {} toJSON() { return 'own'; } }\n"
                "export const options = { tags: { a: 'a\\ud800b', toJSON: undefined }, iterations: new Number(1),\n"
                "  ext: { map: new Map([['k', 1]]), bytes: new Uint8Array([1, 2, 3, 4]), own: new Own() } };\n"
                "export const setup = () => ({ map: new Map([['k', 1]]), set: new Set([1, 'x']), own: new Own(),\n"
                "  date: new Date(1500), whole: new Date(0), bytes: new Uint8Array([255, 2, 3, 4]), error: new Error('x'),\n"
                "  more: new Int16Array([-1]), buffer: new ArrayBuffer(3), half: 'a\\ud800b', deep: [[1, { d: null }]] });\n"
                "export default (data) => console.log(JSON.stringify(data));\n")
            result = harness.loadctl("run", "-q", script, cwd=folder.path)
            self.assertEqual(result.code, 0, result)
            self.assertIn('{"map":[["k",1]],"set":[1,"x"],"own":{"a":1},"date":"1970-01-01T00:00:01.5Z",'
                          '"whole":"1970-01-01T00:00:00Z","bytes":"/wIDBA==","error":{},"more":[-1],"buffer":{},'
                          '"half":"a\ufffdb","deep":[[1,{"d":null}]]}', result.stderr.replace('\\"', '"'))

    def test_setup_may_return_an_answer(self):
        with harness.Folder() as folder:
            script = folder.script(
                "import http from 'k6/http';\n"
                "export const setup = () => ({ answer: http.get('http://127.0.0.1:1/'), jar: http.cookieJar() });\n"
                "export default (data) => console.log(data.answer.status, data.answer.error_code, Object.keys(data.jar));\n")
            result = harness.loadctl("run", "-q", script, cwd=folder.path)
            self.assertEqual(result.code, 0, result)
            self.assertIn('msg="0 1212 []"', result.stderr)

    def test_options_may_have_members_that_are_undefined(self):
        with harness.Folder() as folder:
            script = folder.script("export const options = { vus: undefined, iterations: 3, tags: { a: undefined } };\n"
                                   "export default () => console.log('ran');\n")
            result = harness.loadctl("run", "-q", script, cwd=folder.path)
            self.assertEqual((result.code, result.stderr.count("ran")), (0, 3), result)


class Types(unittest.TestCase):
    """TypeScript's own compiler, where it is installed: scripts/lint/check_faces puts it there."""

    COMPILER = harness.ROOT / "build/lint_tools/node_modules"
    WRONG = "const n: number = 'text';\nexport default function () { console.log(n); }\n"

    def test_says_what_is_wrong(self):
        if not (self.COMPILER / "typescript/bin/tsc").exists() or not shutil.which("node"):
            self.skipTest("no TypeScript")
        with harness.Folder() as folder:
            os.symlink(self.COMPILER, folder.path / "node_modules")
            right = folder.script("import { check } from 'k6';\nimport { n } from './lib.ts';\n"
                                  "export default function () { check(n, { one: (x: number) => x === 1 }); }\n", "right.ts")
            folder.script("export const n: number = 1;\n", "lib.ts")
            result = harness.loadctl("inspect", "--types", right, cwd=folder.path)
            self.assertEqual((result.code, result.stdout), (0, ""), result)
            wrong = folder.script(self.WRONG, "wrong.ts")
            result = harness.loadctl("inspect", "--types", wrong, cwd=folder.path)
            self.assertEqual(result.code, 107, result)
            self.assertIn("wrong.ts(1,7): error TS2322", result.stdout)
            # It runs all the same, as in k6.
            self.assertEqual(harness.loadctl("run", "-q", wrong, cwd=folder.path).code, 0)
            (folder.path / "tsconfig.json").write_text('{"compilerOptions": {"noUnusedLocals": true}}')
            unused = folder.script("const unused = 1;\nexport default function () {}\n", "unused.ts")
            result = harness.loadctl("inspect", "--types", unused, cwd=folder.path)
            self.assertEqual(result.code, 107, result)
            self.assertIn("unused.ts(1,7): error TS6133", result.stdout)

    def test_says_where_to_get_the_compiler(self):
        with harness.Folder() as folder:
            result = harness.loadctl("inspect", "--types", folder.script(self.WRONG, "x.ts"), cwd=folder.path,
                                     env={"PATH": "/nowhere"})
            self.assertEqual(result.code, 255, result)
            self.assertIn("npm install --save-dev typescript @types/k6", result.stderr)


class Files(unittest.TestCase):
    def test_newer_syntax_than_the_engine_has(self):
        with harness.Folder() as folder:
            folder.script('{"a": 5, "__proto__": 1}', "data.json")
            script = folder.script("import data from './data.json' with { type: 'json' };\n"
                                   "export default function () { console.log(JSON.stringify(data)); }\n")
            result = run(folder, script)
            self.assertEqual(result.code, 0, result)
            self.assertIn('{\\"a\\":5,\\"__proto__\\":1}', result.stderr)

    def test_a_linked_script_has_the_files_beside_the_link(self):
        with harness.Folder() as folder:
            folder.script("import { x } from './x.js';\nexport default function () { console.log(x + open('./d.txt')); }\n"
                          .replace("open('./d.txt')", "d").replace("export default", "const d = open('./d.txt');\nexport default"),
                          "..data/v1/test.js")
            folder.script("export const x = 'beside the link ';\n", "x.js")
            folder.script("too", "d.txt")
            os.symlink("..data/v1/test.js", folder.path / "test.js")
            result = run(folder, "test.js")
            self.assertEqual(result.code, 0, result)
            self.assertIn("beside the link too", result.stderr)

    def test_endless_and_hidden_sizes(self):
        with harness.Folder() as folder:
            result = run(folder, "/dev/zero")
            self.assertEqual(result.code, 255, result)
            self.assertIn("reading /dev/zero: it is larger than 1024 MiB, or never ends", result.stderr)
            script = folder.script("const t = open('/proc/self/status');\nexport default function () { console.log(t.length > 0); }")
            result = run(folder, script)
            self.assertIn("true", result.stderr)


    def test_an_import_map_says_what_names_stand_for(self):
        with harness.Folder() as folder:
            folder.script("export const users = ['ann'];\n", "data/users.ts")
            folder.script("export default 'mocked';\n", "mocks/client.js")
            folder.script("export default 'real';\n", "client.js")
            folder.script("import users from 'users';\nexport default users;\n", "scoped/here.js")
            folder.script("export default 'scoped';\n", "scoped/users.js")
            (folder.path / "map.json").write_text(json.dumps({
                "imports": {"users": "./data/users", "data/": "./data/", "./client.js": "./mocks/client.js", "gone": None},
                "scopes": {"./scoped/": {"users": "./scoped/users.js"}}}))
            text = ("import { users } from 'users';\nimport { users as same } from 'data/users.ts';\n"
                    "import client from './client.js';\nimport scoped from './scoped/here.js';\n"
                    "export default function () { console.log([users[0], users === same, client, scoped].join()); }")
            script = folder.script(text)
            result = run(folder, script, "--import-map", "map.json")
            self.assertEqual(result.code, 0, result)
            self.assertIn("ann,true,mocked,scoped", result.stderr)
            forbidden = run(folder, folder.script("import 'gone';\nexport default function () {}", "gone.js"),
                            "--import-map", "map.json")
            self.assertEqual(forbidden.code, 107, forbidden)
            self.assertIn(r'the import map forbids \"gone\"', forbidden.stderr)
            (folder.path / "map.json").write_text('{"imports": {"users": 5}}')
            wrong = run(folder, script, "--import-map", "map.json")
            self.assertEqual(wrong.code, 104, wrong)
            self.assertIn(r'imports[\"users\"] must be a string or null', wrong.stderr)
            missing = run(folder, script, "--import-map", "nowhere.json")
            self.assertNotEqual(missing.code, 0, missing)
            self.assertIn("nowhere.json", missing.stderr)

    def test_what_was_compiled_is_kept(self):
        with harness.Folder() as folder:
            script = folder.script("const n: number = 1;\nexport default function () { console.log('kept ' + n); }\n",
                                   "test.ts")
            environment = {"XDG_CACHE_HOME": str(folder.path / "cache"), "PATH": os.environ["PATH"]}

            def kept():
                return {file.name: file.stat().st_mtime_ns for file in (folder.path / "cache/loadctl/compiled").iterdir()}

            def run_it():
                result = harness.loadctl("run", script, cwd=folder.path, env=environment)
                self.assertEqual(result.code, 0, result)
                self.assertIn("kept 1", result.stderr)
                return kept()

            first = run_it()
            self.assertEqual(len(first), 1)
            self.assertEqual(run_it(), first)
            # What is broken is made again.
            (folder.path / "cache/loadctl/compiled" / next(iter(first))).write_text("3 x\nbad")
            self.assertNotEqual(run_it(), first)

    def test_a_terminal_shows_the_code(self):
        with harness.Folder() as folder:
            script = folder.script("function find(users: any) {\n  return users.first.name;\n}\n"
                                   "export default function () { find({}); }\n", "test.ts")
            shown = at_a_terminal(folder, "run", "-q", script)
            self.assertIn(" > 2 |   return users.first.name;", shown)
            self.assertIn("     |                      ^", shown)
            plain = harness.loadctl("run", "-q", script, cwd=folder.path)
            self.assertNotIn(" > 2 | ", plain.stderr)
            for name, code, frame in (
                    ("syntax.ts", "let a: number = ;\n", " > 1 | let a: number = ;\n"),
                    ("syntax.js", "let a = ;\n", " > 1 | let a = ;\n     |         ^"),
                    ("import.js", "import h from 'k6/htpp';\n", " > 1 | import h from 'k6/htpp';\n     |               ^")):
                shown = at_a_terminal(folder, "run", "-q", folder.script(code, name))
                shown = re.sub(r"\x1b\[\w*|\r", "", shown)
                self.assertIn(frame, shown)


class Remote(unittest.TestCase):
    """A server of the test's own, under an authority of its own."""

    def setUp(self):
        self.folder = harness.Folder().__enter__()
        self.addCleanup(self.folder.__exit__)
        made = harness.loadctl("certs", "--host", "127.0.0.1", str(self.folder.path / "certs"))
        self.assertEqual(made.code, 0, made)
        self.files = {
            "/lib/main.js": "import { two } from './two.js';\nexport const three = two + 1;\nexport const marked = 1;\n",
            "/lib/two.js": "export const two = 2;\n",
            "/picky.js": "export default 'without a query';\n",
            "/typed.ts": "export const n: number = 9;\n",
        }
        self.asked = []
        self.start()
        self.environment = {"SSL_CERT_FILE": str(self.folder.path / "certs" / "ca.pem"),
                            "XDG_CACHE_HOME": str(self.folder.path / "cache"), "PATH": os.environ["PATH"]}

    def start(self):
        test = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                path, _, query = self.path.partition("?")
                test.asked.append(self.path)
                text = test.files.get(path)
                if path == "/picky.js" and query:
                    text = None
                if path == "/local.js":
                    text = "import 'file:///etc/hostname';"
                if path == "/plain":
                    self.send_response(302)
                    self.send_header("Location", "http://127.0.0.1:1/x.js")
                    self.end_headers()
                    return
                self.send_response(200 if text is not None else 404)
                self.end_headers()
                self.wfile.write((text or "").encode())

            def log_message(self, *_):
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certs = self.folder.path / "certs"
        context.load_cert_chain(certs / "controller.pem", certs / "controller.key")
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = "https://127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.stop)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def run_importing(self, text, *flags):
        script = self.folder.script(text.replace("URL", self.url))
        return harness.loadctl("run", *flags, "--agents", "2", script, cwd=self.folder.path, env=self.environment)

    def test_a_remote_module_and_what_it_imports(self):
        text = ("import { three } from 'URL/lib/main.js';\nimport picky from 'URL/picky.js';\n"
                "import { n } from 'URL/typed.ts';\n"
                "export default function () { console.log([three, picky, n].join()); }\n")
        result = self.run_importing(text)
        self.assertEqual(result.code, 0, result)
        self.assertIn("3,without a query,9", result.stderr)
        self.assertEqual(sorted(self.asked), ["/lib/main.js?_k6=1", "/lib/two.js?_k6=1", "/picky.js",
                                              "/picky.js?_k6=1", "/typed.ts?_k6=1"])
        # Without the server: as it was fetched last.
        self.stop()
        again = self.run_importing(text)
        self.assertEqual(again.code, 0, again)
        self.assertIn("3,without a query,9", again.stderr)
        self.assertIn("was taken as it was last fetched", again.stderr)

    def test_what_cannot_be_had(self):
        for name, words in (("/nothing.js", "not found: "), ("/local.js", "not allowed to load local file"),
                            ("/plain", "couldn't be retrieved: ")):
            result = self.run_importing("import 'URL%s';\nexport default function () {}" % name)
            self.assertEqual(result.code, 107, result)
            self.assertIn(words, result.stderr)

    def test_they_can_be_forbidden(self):
        result = self.run_importing("import 'URL/lib/two.js';\nexport default function () {}", "--no-remote-imports")
        self.assertEqual(result.code, 107, result)
        self.assertIn("--no-remote-imports forbids the import of " + self.url + "/lib/two.js", result.stderr)
        self.assertEqual(self.asked, [])

    def test_an_archive_has_them(self):
        script = self.folder.script(("import { three } from 'URL/lib/main.js';\n"
                                     "export default function () { console.log(three); }").replace("URL", self.url))
        made = harness.loadctl("archive", "-O", "test.tar", script, cwd=self.folder.path, env=self.environment)
        self.assertEqual(made.code, 0, made)
        self.stop()
        (self.folder.path / "cache").rename(self.folder.path / "gone")
        result = harness.loadctl("run", "test.tar", cwd=self.folder.path, env=self.environment)
        self.assertEqual(result.code, 0, result)
        self.assertIn("msg=3", result.stderr)


if __name__ == "__main__":
    unittest.main()
