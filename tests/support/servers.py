"""The servers that the scripts of tests/conformance speak with, all on 127.0.0.1: the target of target.py, nginx in front
of it with TLS and HTTP/2, nginx with certificates of every bad kind, and proxies.

    with servers.Servers() as servers:
        servers.flags()                     # -e TARGET=... -e SECURE=... and so on
        servers.environment("SSL_CERT_FILE=$CA HTTP_PROXY=$PROXY")
        servers.named(text)                 # the same text with names for addresses

    TARGET      http, target.py             SECURE    https, HTTP/2 by ALPN         SECURE1   https, HTTP/1.1
    TLS12       TLS 1.2 alone               TLS13     TLS 1.3 alone                 MUTUAL    wants a client's certificate
    BAD_KIND    https with the certificate of that kind (certificates.KINDS), in capitals
    PROXY       an HTTP and SOCKS5 proxy    GUARDED   one that wants user:secret    REFUSING  one that lets nobody through
    CA          the authority's certificate, a file, as CLIENT and CLIENT_KEY are
    BROKEN      each answer that hostile_target.py has, as JSON: {name: URL}
"""

import json
import pathlib
import re
import shutil
import string
import tempfile

import certificates
import harness
import hostile_target
import target
import web_proxy

_PLACES = ("SECURE", "SECURE1", "TLS12", "TLS13", "MUTUAL")
_SERVER = """  server {
    listen 127.0.0.1:%(port)d %(listen)s; listen [::1]:%(port)d %(listen)s;
    ssl_certificate %(folder)s/%(kind)s.pem; ssl_certificate_key %(folder)s/%(kind)s.key; %(more)s
    location / {
      proxy_pass %(target)s; proxy_http_version 1.1; proxy_redirect off; proxy_pass_request_headers on;
      proxy_set_header Host $http_host; proxy_set_header X-Protocol $server_protocol;
      proxy_set_header X-Client $ssl_client_s_dn; proxy_set_header X-Server-Name $ssl_server_name;
    }
  }
"""
_MORE = {
    "SECURE": ("ssl http2", "ssl_protocols TLSv1.2 TLSv1.3;"),
    "SECURE1": ("ssl", "ssl_protocols TLSv1.2 TLSv1.3;"),
    "TLS12": ("ssl", "ssl_protocols TLSv1.2;"),
    "TLS13": ("ssl", "ssl_protocols TLSv1.3;"),
    "MUTUAL": ("ssl", "ssl_verify_client on; ssl_client_certificate %(folder)s/ca.pem;"),
}


class Servers:
    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="loadctl-servers-")
        folder = pathlib.Path(self._folder.name)
        folder.chmod(0o755)
        certificates.make(folder)
        self.urls = {"TARGET": target.start()}
        bad = {"BAD_" + kind.upper(): kind for kind in certificates.KINDS if kind != "good"}
        self._nginx = self._start_nginx(folder, bad)
        self._proxies = {"PROXY": web_proxy.WebProxy(), "GUARDED": web_proxy.WebProxy(user="user:secret"),
                         "REFUSING": web_proxy.WebProxy(refusal="403 Forbidden")}
        self._broken = hostile_target.HostileTarget()
        for context in (*self._proxies.values(), self._broken):
            context.__enter__()
        self.proxies = {name: proxy.address for name, proxy in self._proxies.items()}
        self.files = {"CA": folder / "ca.pem", "CLIENT": folder / "client.pem", "CLIENT_KEY": folder / "client.key"}
        return self

    def __exit__(self, *_):
        self._nginx.kill()
        self._nginx.wait()
        for context in (*self._proxies.values(), self._broken):
            context.__exit__()
        self._folder.cleanup()

    def _start_nginx(self, folder, bad):
        program = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
        for _ in range(5):
            blocks = []
            for name in (*_PLACES, *bad):
                port = harness.free_port()
                self.urls[name] = "https://127.0.0.1:%d" % port
                listen, more = _MORE.get(name, ("ssl", ""))
                blocks.append(_SERVER % {
                    "port": port, "listen": listen, "folder": folder, "kind": bad.get(name, "good"),
                    "target": self.urls["TARGET"], "more": more % {"folder": folder}})
            temp = "".join("  %s_temp_path %s/%s;\n" % (name, folder, name)
                           for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
            (folder / "nginx.conf").write_text(
                "daemon off;\nmaster_process off;\npid %s/nginx.pid;\nevents {}\nhttp {\n%s  access_log off;\n"
                "  ssl_ciphers ALL:@SECLEVEL=0;\n%s}\n" % (folder, temp, "".join(blocks)))
            process = harness.popen([program, "-e", folder / "error.log", "-c", folder / "nginx.conf"])
            port = int(self.urls["SECURE"].rpartition(":")[2])
            harness.wait_until(lambda: harness.accepts(port) or process.poll() is not None, what="nginx's start")
            if process.poll() is None:
                return process
        raise AssertionError("nginx did not start: " + (folder / "error.log").read_text())

    def _variables(self):
        return {**self.urls, **self.proxies, **{name: str(path) for name, path in self.files.items()},
                "BROKEN": json.dumps(self._broken.urls)}

    def flags(self):
        """Arguments of `run` that give a script all addresses in __ENV."""
        return [word for name, value in self._variables().items() for word in ("-e", "%s=%s" % (name, value))]

    def environment(self, text):
        """{variable: value} of `NAME=VALUE...`, in which $NAME stands for an address of this class."""
        return dict(word.split("=", 1) for word in string.Template(text).substitute(self._variables()).split())

    def named(self, text):
        """With names for addresses: of servers, and ADDRESS for those that the system chose; and TIME."""
        for name, url in self.urls.items():
            text = text.replace(url, name).replace(url.partition("://")[2], name)
        for name, address in self.proxies.items():
            text = text.replace(address, name)
        text = re.sub(r"\b(127\.0\.0\.1|\[::1\]):\d{5}\b", "ADDRESS", text)
        text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME", text)
        return text.replace(self._folder.name, "FOLDER")
