"""Certificates for tests, made by openssl in a folder: good ones, and the kinds of bad ones that badssl.com shows.

    certificates.own(folder)   ->  cert.pem and key.pem, for who checks nothing or trusts this one
    certificates.make(folder)  ->  NAME.pem (the chain that a server shows) and NAME.key of each of KINDS, and ca.pem
"""

import subprocess

_EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
_HERE = "subjectAltName=DNS:localhost,IP:127.0.0.1"
_SERVER = "extendedKeyUsage=serverAuth"
_AUTHORITY = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign"]
FOR_HERE = (_HERE, _SERVER)
# An ASN.1 time long past, and one to come.
_PAST, _SOON, _LATER = "20200101000000Z", "20200201000000Z", "20490101000000Z"

# What a server shows: name -> what is said about it.
KINDS = {
    "good": "for localhost and 127.0.0.1, signed by ca.pem",
    "expired": "its time is over",
    "future": "its time has not come",
    "elsewhere": "for another name",
    "nameless": "with a common name and no other",
    "self": "signed by itself",
    "stranger": "signed by an authority that nobody knows",
    "incomplete": "signed by an authority in between, which is not shown",
    "complete": "the same, and it is shown",
    "leaf_signed": "signed by a certificate that is no authority",
    "client_only": "for clients, not for servers",
    "constrained": "signed by an authority that may sign other names only",
    "short": "with an RSA key of 1,024 bits",
    "sha1": "signed with SHA-1",
}


def _openssl(folder, *arguments):
    subprocess.run(["openssl", *map(str, arguments)], cwd=folder, check=True, capture_output=True)


def own(folder):
    """key.pem and cert.pem: for localhost and 127.0.0.1, signed by itself."""
    _openssl(folder, "req", "-x509", *_EC, "-keyout", "key.pem", "-out", "cert.pem", "-days", 30, "-subj", "/CN=localhost",
             "-addext", _HERE)


def authority(folder, name, issuer=None, more=()):
    """An authority: signed by itself, or by another."""
    extensions = [item for text in (*_AUTHORITY, *more) for item in ("-addext", text)]
    if issuer is None:
        return _openssl(folder, "req", "-x509", *_EC, "-keyout", name + ".key", "-out", name + ".pem", "-days", 30,
                        "-subj", "/CN=" + name, *extensions)
    return leaf(folder, name, issuer, extensions=(*_AUTHORITY, *more))


def leaf(folder, name, issuer, extensions=FOR_HERE, key=_EC, digest="sha256", days=("-days", 30)):
    """NAME.pem and NAME.key, signed by ISSUER."""
    (folder / (name + ".ext")).write_text("\n".join(extensions) + "\n")
    _openssl(folder, "req", *key, "-keyout", name + ".key", "-out", name + ".csr", "-subj", "/CN=" + name)
    _openssl(folder, "x509", "-req", "-in", name + ".csr", "-CA", issuer + ".pem", "-CAkey", issuer + ".key",
             "-CAcreateserial", "-out", name + ".pem", "-extfile", name + ".ext", "-" + digest, *days)


def _dated(folder, name, begin, end):
    """As leaf(), with dates; only `openssl ca` takes them."""
    leaf(folder, name, "ca")
    (folder / "index.txt").write_text("")
    (folder / "serial").write_text("77\n")
    (folder / "ca.conf").write_text("[ca]\ndefault_ca=d\n[d]\nnew_certs_dir=.\ndatabase=index.txt\nserial=serial\n"
                                    "default_md=sha256\npolicy=p\nunique_subject=no\n[p]\ncommonName=supplied\n")
    _openssl(folder, "ca", "-batch", "-config", "ca.conf", "-cert", "ca.pem", "-keyfile", "ca.key", "-in", name + ".csr",
             "-out", name + ".pem", "-notext", "-startdate", begin, "-enddate", end, "-extfile", name + ".ext")


def make(folder):
    authority(folder, "ca")
    authority(folder, "stranger_ca")
    authority(folder, "between", "ca")
    authority(folder, "constrained_ca", "ca", ["nameConstraints=critical,permitted;DNS:else.test"])
    leaf(folder, "good", "ca")
    leaf(folder, "client", "ca", [_HERE, "extendedKeyUsage=clientAuth"])
    leaf(folder, "client_only", "ca", [_HERE, "extendedKeyUsage=clientAuth"])
    leaf(folder, "elsewhere", "ca", ["subjectAltName=DNS:elsewhere.test,IP:192.0.2.1", _SERVER])
    leaf(folder, "nameless", "ca", [_SERVER])
    leaf(folder, "stranger", "stranger_ca")
    leaf(folder, "incomplete", "between")
    leaf(folder, "leaf_signed", "good")
    leaf(folder, "constrained", "constrained_ca")
    leaf(folder, "short", "ca", key=["-newkey", "rsa:1024", "-nodes"])
    leaf(folder, "sha1", "ca", digest="sha1")
    _dated(folder, "expired", _PAST, _SOON)
    _dated(folder, "future", _LATER, "20491231000000Z")
    _openssl(folder, "req", "-x509", *_EC, "-keyout", "self.key", "-out", "self.pem", "-days", 30, "-subj", "/CN=self",
             "-addext", _HERE)
    for name, chain in (("complete", ("incomplete", "between")), ("constrained", ("constrained", "constrained_ca")),
                        ("leaf_signed", ("leaf_signed", "good"))):
        text = "".join((folder / (part + ".pem")).read_text() for part in chain)
        (folder / (name + ".pem")).write_text(text)
    (folder / "complete.key").write_bytes((folder / "incomplete.key").read_bytes())
