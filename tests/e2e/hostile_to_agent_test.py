"""Controllers that lie to the agent that registered with them: it ends the run, and comes back for another; nothing that is
asked ends its process."""

import unittest

import harness
import hostile
import remote

SCRIPT = "export const options = { vus: 1, iterations: 1 };\nexport default function () {}\n"


def ask(body, **fields):
    message = hostile.session.ToAgent()
    part = getattr(message, body)
    part.SetInParent()
    for name, value in fields.items():
        setattr(part, name, value)
    return message


# What is sent as soon as the agent has said hello.
UNASKED = {
    "call_before_prepare": [ask("call")],
    "begin_before_prepare": [ask("begin", agent_ns=1)],
    "start_before_prepare": [ask("start", agent_ns=1)],
    "flush_before_prepare": [ask("flush")],
    "pause_before_prepare": [ask("pause", serial=1, agent_ns=1)],
    "scale_before_prepare": [ask("scale", serial=1, vus=1 << 62, max_vus=1 << 62)],
    "chunk_before_prepare": [ask("bundle_chunk", data=b"x", last=True)],
    "prepare_twice": [ask("prepare"), ask("prepare")],
    "prepare_and_start": [ask("prepare"), ask("begin"), ask("start")],
    "call_while_preparing": [ask("prepare"), ask("call", function=2)],
    "finish": [ask("finish")],
    "stop_and_finish": [ask("stop"), ask("finish")],
    "nothing": [hostile.session.ToAgent(), ask("finish")],
}

# A Prepare that is no plan: the agent says so in its Ready.
NO_PLANS = {
    "nothing": {},
    "options_of_noise": {"options_json": b"\xff{"},
    "options_of_deep_json": {"options_json": b"[" * 100000},
    "segment_of_noise": {"segment": b"x"},
    "segment_outside": {"segment": b"5:6"},
    "sequence_of_noise": {"segment_sequence": b"1,0"},
    "no_assignment": {"assignments": []},
    "one_assignment_twice": {"assignments": [1, 1]},
    "too_many_assignments": {"assignments": range(1, 66)},
    "too_many_workers": {"workers": 1 << 31},
    "submetric_of_noise": {"submetrics": [b"{"]},
}


class ToAgent(harness.Case):
    @classmethod
    def setUpClass(cls):
        cls.held = harness.Folder()
        cls.recorded = hostile.record(cls.held.__enter__().script(SCRIPT), "--agents", "1")

    @classmethod
    def tearDownClass(cls):
        cls.held.__exit__()

    def tell(self, on_agent):
        """An agent of a controller that does this; returns when it registered a second time, after it was told."""
        hellos = []

        def handle(message, reply):
            if message.HasField("hello"):
                hellos.append(message.hello.epoch)
            if len(hellos) == 1:
                on_agent(message, reply)
        with hostile.Controller(on_agent=handle) as controller, remote.Agents(controller.address, 1) as agents:
            harness.wait_until(lambda: len(hellos) > 1 or agents[0].process.poll() is not None, 60, "the second hello")
            self.assertIsNone(agents[0].process.poll(), agents[0].log())
            self.assertNotEqual(hellos[0], hellos[1])
            return agents[0].log()

    def unasked(self, messages):
        def on_agent(message, reply):
            if message.HasField("hello"):
                for one in messages:
                    reply(one)
                if not any(one.HasField("finish") for one in messages):
                    reply(ask("finish"))
        self.tell(on_agent)

    def prepare(self, **fields):
        """A Prepare of the recorded test, with other fields."""
        message = ask("prepare")
        from_client, to = self.recorded.submission, message.prepare
        to.bundle_hash, to.main_url, to.options_json = from_client.bundle_hash, from_client.main_url, from_client.options_json
        to.agents = 1
        for number in fields.pop("assignments", [1]):
            to.assignments.add(id=number, segment=fields.pop("segment", b"0:1"),
                               segment_sequence=fields.pop("segment_sequence", b"0,1"))
        for name, value in fields.items():
            if isinstance(value, list):
                getattr(to, name).extend(value)
            else:
                setattr(to, name, value)
        return message

    def no_plan(self, fields):
        said = []

        def on_agent(message, reply):
            if message.HasField("hello"):
                reply(self.prepare(**fields) if fields else ask("prepare"))
            if message.HasField("bundle_wanted"):
                for chunk in self.recorded.chunks:
                    reply(ask("bundle_chunk", data=chunk.data, last=chunk.last))
            if message.HasField("ready"):
                said.append(message.ready)
                reply(ask("finish"))
        self.tell(on_agent)
        self.assertTrue(said[0].HasField("failure"), said)
        self.assertNotEqual(said[0].failure.message, b"")

    def test_a_start_that_is_hours_ahead(self):
        def on_agent(message, reply):
            if message.HasField("hello"):
                reply(self.prepare())
            if message.HasField("bundle_wanted"):
                for chunk in self.recorded.chunks:
                    reply(ask("bundle_chunk", data=chunk.data, last=chunk.last))
            if message.HasField("ready"):
                reply(ask("begin", agent_ns=(1 << 63) - 1))
        self.assertIn("an instant more than a day away", self.tell(on_agent))


for _name, _messages in UNASKED.items():
    setattr(ToAgent, "test_" + _name, lambda self, messages=_messages: self.unasked(messages))
for _name, _fields in NO_PLANS.items():
    setattr(ToAgent, "test_no_plan_" + _name, lambda self, fields=_fields: self.no_plan(fields))


REACH = """
import http from 'k6/http';
export const options = { hosts: { 'named.example': '127.0.0.1' } };
export default function () {
  const port = __ENV.TARGET.split(':')[2];
  for (const host of ['127.0.0.1', 'localhost', 'named.example', '[::ffff:127.0.0.1]'])
    console.log(`${host} ${http.get(`http://${host}:${port}/`).error_code}`);
}
"""


class Fences(harness.Case):
    """What an agent's operator denies, no script reaches, by whatever name."""

    def reach(self, *flags):
        with harness.Nginx() as target, remote.Controller() as controller, \
                remote.Agents(controller.address, 1, *flags):
            run = self.run_script(REACH, "--controller", controller.address, "-e", "TARGET=" + target.url)
            self.expect_code(run, 0)
            return run, target.requests()

    def test_denied(self):
        run, requests = self.reach("--deny-net", "127.0.0.0/8,::1")
        self.assertEqual(requests, 0, str(run))
        for host in ("127.0.0.1", "localhost", "named.example"):
            self.expect_text(run, host + " 1110")

    def test_nothing_but_what_is_allowed(self):
        run, requests = self.reach("--allow-net", "10.0.0.0/8")
        self.assertEqual(requests, 0, str(run))

    def test_allowed_all_the_same(self):
        run, requests = self.reach("--deny-net", "0.0.0.0/0,::/0", "--allow-net", "127.0.0.0/8")
        self.assertGreaterEqual(requests, 3, str(run))

    def test_what_is_no_range(self):
        with remote.Program(remote.AGENT, "--controller", "127.0.0.1:1", "--deny-net", "10.0.0.0/8,x") as program:
            self.assertEqual(program.finish(), 255)
            self.assertIn('"x" is no range', program.log())


if __name__ == "__main__":
    unittest.main()
