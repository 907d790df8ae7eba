"""k6/secrets, --secret-source and --secret-env: a script gets the value, and nothing else ever shows it."""

import http.server
import io
import json
import os
import pathlib
import signal
import tarfile
import threading
import time
import unittest

import harness
import remote

SECRET = "s3cr3t-4711-xyzzy"
MASK = "***SECRET_REDACTED***"
# Says it wherever a script can: the target alone may hear it.
CHATTY = """
import http from 'k6/http';
import exec from 'k6/execution';
import { check, group, sleep } from 'k6';
import { Counter } from 'k6/metrics';
import secrets from 'k6/secrets';
const told = new Counter('told');
export const options = { vus: 4, iterations: 8, thresholds: { told: ['count>0'] } };
export async function setup() { return { token: await secrets.get('TOKEN') }; }
export default async function (data) {
  const token = await secrets.get('TOKEN');
  if (data.token !== token) throw new Error('setup() data is not as it was');
  console.log('log ' + token + ' ' + JSON.stringify({ token }));
  group('group ' + token, () => {
    check(null, { ['check ' + token]: () => true });
    http.get(__ENV.TARGET + '/?token=' + encodeURIComponent(token),
      { headers: { Authorization: 'Bearer ' + token }, tags: { mine: token } });
  });
  exec.vu.metrics.tags['vu'] = token;
  exec.vu.metrics.metadata['trace'] = token;
  told.add(1, { in_tag: token });
  throw new Error('thrown ' + token);
}
export function teardown(data) {
  if (!data.token.startsWith('s3cr3t')) throw new Error('teardown() data is not as it was');
}
export async function handleSummary(data) {
  const token = await secrets.get('TOKEN');
  return { stdout: JSON.stringify(data) + token, 'out.json': token, [token + '.txt']: 'named' };
}
"""


class Target:
    """Counts requests, keeps their paths and Authorization headers; answers by `answer(path)`."""

    def __init__(self, answer=lambda path: (200, b"{}")):
        self.seen, lock = [], threading.Lock()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(handler):
                with lock:
                    self.seen.append((handler.path, handler.headers.get("Authorization")))
                status, body = answer(handler.path)
                handler.send_response(status)
                handler.send_header("Content-Length", str(len(body)))
                handler.end_headers()
                handler.wfile.write(body)

            def log_message(handler, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self._server.server_port

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


class Case(harness.Case):
    def expect_nowhere(self, secret, *texts):
        """Not in the texts, nor in any file of the test's folder but those named `given*`; nor in parts of a URL."""
        for path in self.folder.path.rglob("*"):
            if path.is_file() and not path.name.startswith(("given", "script")):
                self.assertNotIn(secret.encode(), path.read_bytes(), path)
        for path in self.folder.path.rglob("*"):
            self.assertNotIn(secret, path.name)
        for text in texts:
            self.assertNotIn(secret, text)

    def say_everywhere(self, target, *flags, agents="2", env=None):
        return self.run_script(CHATTY, "--agents", agents, "-e", "TARGET=" + target.url,
                               "-o", "json=samples.json", "-o", "csv=samples.csv", "--record", "run.record", "--summary-mode", "full",
                               "--verdict-file", "verdict.json", "--report", "junit=junit.xml", "--report", "md=run.md",
                               "--log-format", "json", "-v", *flags, env=env)


class Masked(Case):
    def test_everywhere_on_this_machine(self):
        with Target() as target:
            run = self.say_everywhere(target, "--secret-env", "TOKEN", env={"TOKEN": SECRET})
        self.expect_code(run, 0)
        self.assertEqual(len(target.seen), 8)
        self.assertEqual({header for _, header in target.seen}, {"Bearer " + SECRET})
        self.expect_nowhere(SECRET, run.stdout, run.stderr, json.dumps(run.export))
        self.assertEqual(run.stderr.count("log " + MASK), 8, str(run))
        self.assertIn("thrown " + MASK, run.stderr)
        self.assertEqual((self.folder.path / "out.json").read_text(), MASK)
        self.assertTrue((self.folder.path / (MASK + ".txt")).exists())
        samples = (self.folder.path / "samples.json").read_text()
        self.assertIn('"mine":"%s"' % MASK, samples)
        self.assertIn("?token=" + MASK, samples)
        self.assertIn('"trace":"%s"' % MASK, samples)
        root = run.export["root_group"]
        groups = root["groups"] if isinstance(root["groups"], list) else list(root["groups"].values())
        self.assertIn("group " + MASK, [one["name"] for one in groups])
        again = harness.loadctl("report", "run.record", cwd=str(self.folder.path))
        self.expect_nowhere(SECRET, again.stdout, again.stderr)

    def test_everywhere_on_a_controller(self):
        with Target() as target, remote.Controller() as controller, remote.Agents(controller.address, 2) as agents:
            controller.wait_for_agents(2)
            run = self.say_everywhere(target, "--controller", controller.address, "--secret-env", "TOKEN",
                                      env={"TOKEN": SECRET})
            self.expect_code(run, 0)
            self.assertEqual({header for _, header in target.seen}, {"Bearer " + SECRET})
            self.expect_nowhere(SECRET, run.stdout, run.stderr, controller.log(), *(one.log() for one in agents.programs))
            self.assertEqual(run.stderr.count("log " + MASK), 8, str(run))

    def test_rest_api_and_processes(self):
        script = self.folder.script("""
            import secrets from 'k6/secrets';
            import { sleep } from 'k6';
            export const options = { vus: 2, duration: '30s' };
            export async function setup() { return { token: await secrets.get('TOKEN') }; }
            export default function () { sleep(0.1); }""")
        port = harness.free_port()
        with harness.Started("run", "--agents", "2", "--address", "127.0.0.1:%d" % port, "--secret-env", "TOKEN",
                             script, env={"TOKEN": SECRET}) as run:
            harness.wait_until(lambda: harness.accepts(port), what="the API")
            import urllib.request
            get = lambda path: urllib.request.urlopen("http://127.0.0.1:%d/v1/%s" % (port, path), timeout=10).read().decode()
            harness.wait_until(lambda: MASK in get("setup"), what="masked setup data")
            self.assertNotIn(SECRET, get("setup"))
            for pid in [run.pid] + run.agents():
                self.assertNotIn(SECRET.encode(), pathlib.Path("/proc/%d/cmdline" % pid).read_bytes())
                limits = pathlib.Path("/proc/%d/limits" % pid).read_text()
                core = [line for line in limits.splitlines() if line.startswith("Max core file size")][0].split()
                self.assertEqual(core[4:6], ["0", "0"], limits)
            for pid in run.agents():  # not even their environment has it
                environ = pathlib.Path("/proc/%d/environ" % pid).read_bytes()
                self.assertNotIn(SECRET.encode(), environ)
            os.kill(run.pid, signal.SIGINT)
            self.expect_nowhere(SECRET, str(run.finish()))

    def test_values_of_the_command_line_are_hidden(self):
        script = self.folder.script("export const options = { duration: '30s' }; export default function () {}")
        with harness.Started("run", "--secret-source", "mock=a=" + SECRET, "--secret-source=mock=name=b,c=" + SECRET,
                             script) as run:
            harness.wait_until(run.agents, what="the agent")
            command = pathlib.Path("/proc/%d/cmdline" % run.pid).read_bytes()
            self.assertNotIn(SECRET.encode(), command)
            self.assertIn(b"mock=***", command)

    def test_archives_and_inspect(self):
        script = self.folder.script("""
            import secrets from 'k6/secrets';
            const token = await secrets.get('TOKEN');
            export const options = { tags: { token }, iterations: 1 };
            export default function () { console.log(JSON.stringify(__ENV).length, __ENV.TOKEN); }""")
        environment = {"TOKEN": SECRET, "K6_INCLUDE_SYSTEM_ENV_VARS": "true"}
        flags = ("--secret-env", "TOKEN")
        inspect = harness.loadctl("inspect", *flags, script, env=environment)
        self.assertEqual(json.loads(inspect.stdout)["tags"], {"token": MASK}, str(inspect))
        archive = harness.loadctl("archive", *flags, script, env=environment, cwd=str(self.folder.path))
        self.expect_code(archive, 0)
        with tarfile.open(self.folder.path / "archive.tar") as tar:
            metadata = json.loads(tar.extractfile("metadata.json").read())
        self.assertEqual(metadata["options"]["tags"], {"token": MASK})
        self.assertNotIn("TOKEN", metadata["env"])
        run = harness.loadctl("run", *flags, "--record", "run.record", "--summary-mode", "full", "-o", "json=samples.json", script, env=environment,
                              cwd=str(self.folder.path))
        self.expect_code(run, 0)
        self.assertRegex(run.stderr, "\\d+ undefined")
        self.assertIn(MASK, (self.folder.path / "samples.json").read_text())
        self.expect_nowhere(SECRET, run.stdout, run.stderr, inspect.stdout, archive.stderr)


class Sources(Case):
    GET = """
        import secrets from 'k6/secrets';
        export const options = { vus: 4, iterations: 4 };
        export default async function () {
          for (const name of ['default', 'a', 'b', 'env']) {
            for (const key of ['one', 'two', 'VARIABLE']) {
              try { console.log(name, key, (await secrets.source(name).get(key)).length); }
              catch (e) { if (!e.message.includes('no ')) console.error(name, key, e.message); }
            }
          }
        }"""

    def test_several_on_two_agents(self):
        given = self.folder.script("one=1234567\nVARIABLE=12345678901\n", "given.txt")
        run = self.run_script(self.GET, "--agents", "2", "--secret-env", "VARIABLE", "--secret-source",
                              "file=name=a,default,filename=" + given, "--secret-source", "mock=name=b,two=abcdefghi",
                              env={"VARIABLE": "12345"})
        self.expect_code(run, 0)
        for text in ("default one 7", "a one 7", "a VARIABLE 11", "b two 9", "env VARIABLE 5"):
            self.assertEqual(run.stderr.count('msg="%s"' % text), 4, str(run))
        self.assertNotIn("level=error", run.stderr)
        self.assertNotIn("env one", run.stderr)

    def test_a_url_is_asked_once_by_the_client(self):
        answer = lambda path: (200, json.dumps({"data": {"value": SECRET + path}}).encode())
        with Target(answer) as vault, remote.Controller() as controller, remote.Agents(controller.address, 2) as agents:
            controller.wait_for_agents(2)
            run = self.run_script(
                """import secrets from 'k6/secrets';
                   export const options = { vus: 10, iterations: 40 };
                   export default async function () {
                     const [one, two] = await Promise.all([secrets.get('one'), secrets.get('two')]);
                     console.log(one.length + two.length, one, two);
                   }""",
                "--controller", controller.address, "--agents", "2", "--secret-source",
                "url=urlTemplate=%s/v1/{key},responsePath=data.value,headers.Authorization=Bearer given-token" % vault.url)
            self.expect_code(run, 0)
            self.assertEqual(sorted(vault.seen), [("/v1/one", "Bearer given-token"), ("/v1/two", "Bearer given-token")])
            self.assertEqual(run.stderr.count("%d %s %s" % (2 * len(SECRET) + 14, MASK, MASK)), 40, str(run))
            self.expect_nowhere(SECRET, run.stderr, run.stdout, controller.log(), *(one.log() for one in agents.programs))
            self.expect_nowhere("given-token", controller.log(), *(one.log() for one in agents.programs))

    def test_a_url_that_does_not_answer(self):
        with Target(lambda path: (404, b"")) as vault:
            run = self.run_script(
                """import secrets from 'k6/secrets';
                   export default async function () {
                     try { await secrets.get('x'); } catch (e) { console.log('caught', e.message); }
                   }""", "--secret-source", "url=urlTemplate=%s/{key}" % vault.url)
        self.expect_code(run, 0)
        self.expect_text(run, "caught status code 404: failed to get secret")

    def test_detached(self):
        script = self.folder.script("import secrets from 'k6/secrets';\n"
                                    "export default async function () { console.log((await secrets.get('TOKEN')).length); }")
        with remote.Controller() as controller, remote.Agents(controller.address, 1):
            controller.wait_for_agents(1)
            there = ("--controller", controller.address)
            refused = harness.loadctl("run", "--detach", *there, "--secret-source", "url=urlTemplate=http://x/{key}", script, export=False)
            self.expect_one_error(refused, 255, "cannot be left with --detach")
            left = harness.loadctl("run", "-q", "--detach", *there, "--secret-env", "TOKEN", script, env={"TOKEN": SECRET},
                                   export=False)
            self.expect_code(left, 0)
            seen = harness.loadctl("attach", left.stdout.strip(), *there)
            self.expect_text(seen, "msg=%d" % len(SECRET))
            self.expect_nowhere(SECRET, seen.stdout, seen.stderr, controller.log())

    def test_what_is_wrong_is_said_without_values(self):
        script = self.folder.script("export default function () {}")
        given = self.folder.script("a=1\n%s\n" % SECRET, "given.txt")
        for flags, code, text in (
                (["--secret-env", "NOT_THERE"], 104, "--secret-env NOT_THERE: the environment has no variable of that name"),
                (["--secret-env", "A=" + SECRET], 104, "it takes a name, no value"),
                (["--secret-env", "HOME", "-e", "HOME=x"], 104, "'HOME' is given by --env and by --secret-env"),
                (["--secret-source", "file=" + given], 255, "parsing line 2 of"),
                (["--secret-source", "mock=a=%s,b" % SECRET], 255, 'parsing "b", needs ='),
                (["--secret-source", "vault=a=" + SECRET], 255, 'no secret source for type "vault"'),
                (["--secret-source", "cloud"], 104, "'cloud' is not a valid value for --secret-source")):
            with self.subTest(flags[1]):
                run = harness.loadctl("run", *flags, script)
                self.expect_one_error(run, code, text)
                self.assertNotIn(SECRET, run.stderr + run.stdout)


class Forgotten(Case):
    SCRIPT = """
        import secrets from 'k6/secrets';
        export const options = { vus: 2, iterations: 4 };
        export default async function () {
          try { console.log('has', (await secrets.get('TOKEN')).length); } catch (e) { console.log('hasnt', e.message); }
        }"""

    def memory_has(self, pid, secret):
        """Whether the bytes are in the writable memory of a process."""
        with open("/proc/%d/maps" % pid) as maps, open("/proc/%d/mem" % pid, "rb", 0) as memory:
            for line in maps:
                places, rights = line.split()[:2]
                if not rights.startswith("rw") or "[v" in line:
                    continue
                begin, end = (int(part, 16) for part in places.split("-"))
                for at in range(begin, end, 1 << 24):
                    try:
                        memory.seek(at)
                        if secret in memory.read(min(1 << 24, end - at)):
                            return True
                    except OSError:
                        break
        return False

    @unittest.skipUnless(os.geteuid() == 0, "reads the memory of processes that nobody else may read")
    def test_with_the_run(self):
        with remote.Controller() as controller, remote.Agents(controller.address, 2) as agents:
            controller.wait_for_agents(2)
            flags = ("--controller", controller.address, "--agents", "2")
            first = self.run_script(self.SCRIPT, *flags, "--secret-env", "TOKEN", env={"TOKEN": SECRET})
            self.assertEqual(first.stderr.count("has %d" % len(SECRET)), 4, str(first))
            controller.wait_for_agents(4)  # they came back, as new programs
            for agent in agents.programs:
                self.assertFalse(self.memory_has(agent.pid, SECRET.encode()), "an agent remembers")
            second = self.run_script(self.SCRIPT, *flags)
            self.assertEqual(second.stderr.count("hasnt no secret sources are configured"), 4, str(second))


if __name__ == "__main__":
    unittest.main()
