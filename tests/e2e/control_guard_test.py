"""The REST API at a port that others reach: a token for what changes things, and TLS."""

import unittest

import control_test
import harness
import remote


class Guarded(control_test.Case):
    """The API at a port, with a token for what changes things, and under TLS."""

    SCRIPT = control_test.Api.SCRIPT

    def test_others_reach_the_address(self):
        port = harness.free_port()
        started = self.start(self.SCRIPT, "--address", "0.0.0.0:%d" % port)
        self.wait_for_run()
        body = b'{"data":{"attributes":{"stopped":true}}}'
        self.assertEqual(control_test.ask(("127.0.0.1", port), "GET", "/v1/status")[0], 200)
        code, headers, text = control_test.ask(("127.0.0.1", port), "PATCH", "/v1/status", body)
        self.assertEqual((code, headers.get("WWW-Authenticate")), (401, "Bearer"), text)
        # Commands of this user find the token.
        self.assertEqual(self.command("pause", "--address", "127.0.0.1:%d" % port)["paused"], "true")
        other = harness.loadctl("stop", "--address", "127.0.0.1:%d" % port, env={"XDG_RUNTIME_DIR": "/nonexistent"})
        self.assertEqual(other.code, 255, str(other))
        self.expect_text(other, "--token-file")
        path = self.runtime / "loadctl" / ("controller-%d.token" % port)
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        self.command("stop", "--address", "127.0.0.1:%d" % port, "--token-file", str(path))
        self.expect_code(started.finish(), 103)
        self.assertFalse(path.exists())

    def test_a_token_of_ones_own_and_tls(self):
        certs = self.folder.path / "certs"
        remote.certificates(certs)
        token = self.folder.path / "token"
        token.write_text("a-token-of-mine\n")
        token.chmod(0o600)
        address = "127.0.0.1:%d" % harness.free_port()
        started = self.start(self.SCRIPT, "--address", address, "--api-token-file", token, "--api-tls-cert",
                             certs / "controller.pem", "--api-tls-key", certs / "controller.key")
        self.wait_for_run()
        tls = ("--address", address, "--tls-ca", str(certs / "ca.pem"))
        self.assertEqual(self.command("status", *tls)["running"], "true")
        self.command("status", "--address", address, code=255)
        self.command("stop", *tls, code=255)
        self.command("stop", *tls, "--token-file", str(token))
        self.expect_code(started.finish(), 103)

    def test_what_cannot_be(self):
        for flags in (["--api-tls-cert", "none.pem"], ["--api-tls-cert", "none.pem", "--api-tls-key", "none.key"],
                      ["--api-token-file", "none"]):
            run = self.run_script(self.SCRIPT, "--address", "127.0.0.1:0", *flags)
            self.assertEqual(run.code, 106, str(run))
            self.expect_text(run, flags[0])


if __name__ == "__main__":
    unittest.main()
