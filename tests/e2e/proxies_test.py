"""Proxies by HTTP_PROXY, HTTPS_PROXY and NO_PROXY: who is asked through which, and what a bad one shows."""

import os
import sys
import unittest

import harness
import web_proxy

SCRIPT = """
import http from 'k6/http';
export const options = { insecureSkipTLSVerify: true };
export default function () {
  const res = http.get(__ENV.TARGET);
  console.log(res.status, res.error_code, res.proto, res.remote_port, res.error);
}
"""


class Proxies(harness.Case):
    def setUp(self):
        super().setUp()
        self.plain = self._enter(harness.Nginx())
        self.tls = self._enter(harness.Nginx("ssl http2"))

    def ask(self, url, *flags, **variables):
        """What the script logged of one request, with these variables in the environment."""
        env = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        run = self.run_script(SCRIPT, "-e", "TARGET=" + url, "--log-format", "raw", *flags, env=dict(env, **variables))
        self.expect_code(run, 0)
        return next(line for line in run.stderr.splitlines() if line[:1].isdigit())

    def test_http_is_given_to_the_proxy_whole(self):
        proxy = self._enter(web_proxy.WebProxy("me:p@ss"))
        url = "http://shop.test:%d/a?b" % self.plain.port
        said = self.ask(url, "-i", "5", HTTP_PROXY="http://me:p%40ss@" + proxy.address)
        self.assertEqual(said, "200 0 HTTP/1.1 %d " % proxy.port)
        self.assertEqual((proxy.asked, proxy.connections), (["GET " + url] * 5, 1))

    def test_https_goes_through_a_tunnel(self):
        proxy = self._enter(web_proxy.WebProxy("me:pw"))
        host = "shop.test:%d" % self.tls.port
        said = self.ask("https://" + host, "-i", "5", https_proxy="me:pw@" + proxy.address)
        self.assertEqual(said, "200 0 HTTP/2.0 %d " % proxy.port)
        self.assertEqual(proxy.asked, ["CONNECT " + host])

    def test_socks(self):
        proxy = self._enter(web_proxy.WebProxy("me:pw"))
        address = "socks5://me:pw@" + proxy.address
        said = self.ask("http://shop.test:%d" % self.plain.port, HTTP_PROXY=address)
        self.assertEqual(said, "200 0 HTTP/1.1 %d " % proxy.port)
        said = self.ask("https://10.1.2.3:%d" % self.tls.port, HTTPS_PROXY=address)
        self.assertEqual(said, "200 0 HTTP/2.0 %d " % proxy.port)
        self.assertEqual(proxy.asked, ["SOCKS shop.test:%d" % self.plain.port, "SOCKS 10.1.2.3:%d" % self.tls.port])

    def test_what_is_reached_directly(self):
        proxy = self._enter(web_proxy.WebProxy())
        said = self.ask(self.plain.url, HTTP_PROXY=proxy.address)
        self.assertEqual(said, "200 0 HTTP/1.1 %d " % self.plain.port)
        said = self.ask("http://shop.test", HTTP_PROXY=proxy.address, NO_PROXY="10.0.0.0/8,.test")
        self.assertEqual(said, "0 1101  0 lookup: no such host")
        self.assertEqual(proxy.asked, [])

    def test_a_proxy_that_refuses(self):
        # Codes and texts are those of k6 2.2.
        proxy = self._enter(web_proxy.WebProxy("me:pw"))
        self.assertEqual(self.ask("http://shop.test/", HTTP_PROXY=proxy.address), "407 1407 HTTP/1.1 %d " % proxy.port)
        self.assertEqual(self.ask("https://shop.test/", HTTPS_PROXY=proxy.address),
                         "0 1000  0 Proxy Authentication Required")
        self.assertEqual(self.ask("http://shop.test/", HTTP_PROXY="socks5://" + proxy.address),
                         "0 1200  0 socks connect tcp %s->shop.test:80: no acceptable authentication methods"
                         % proxy.address)
        closed = self._enter(web_proxy.WebProxy(refusal=5))
        self.assertEqual(self.ask("http://shop.test/", HTTP_PROXY="socks5h://" + closed.address),
                         "0 1200  0 socks connect tcp %s->shop.test:80: unknown error connection refused"
                         % closed.address)
        nobody = "127.0.0.1:%d" % harness.free_port()
        for name, url in (("HTTP_PROXY", "http://shop.test/"), ("HTTPS_PROXY", "https://shop.test/")):
            self.assertEqual(self.ask(url, **{name: nobody}),
                             "0 1200  0 proxyconnect tcp: dial tcp %s: connect: connection refused" % nobody)

    def test_an_address_that_cannot_be_read_ends_the_run(self):
        run = self.run_script("export default function () {}", env=dict(os.environ, HTTPS_PROXY="ftp://me:secret@h"))
        self.expect_one_error(run, 104, "HTTPS_PROXY", "unknown kind of proxy 'ftp'")
        self.assertNotIn("secret", run.stdout + run.stderr)


if __name__ == "__main__":
    sys.exit(unittest.main())
