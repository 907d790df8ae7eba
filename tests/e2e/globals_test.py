"""Globals are k6's: every member that k6 2.2 has is here, and what is here beyond is known."""

import pathlib
import unittest

import harness

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "golden" / "globals"
# Where a member may be that k6 has not: what V8 has, and what is of our own classes.
BEYOND = (
    "%", ".Array.prototype[@@unscopables].at", ".Date.prototype.", ".Error.captureStackTrace", ".Error.stackTraceLimit",
    ".Function.prototype.", ".Object.prototype.__", ".RegExp", ".String.prototype.", ".Symbol.asyncIterator",
    ".TextDecoder.prototype.decode", ".TextEncoder.prototype.encode", ".WebAssembly", ".crypto.",
)
# What k6 has and this has not, or has otherwise.
OTHERWISE = {
    # A method's length and name, mistaken for members.
    ".BigInt.prototype.length": None,
    ".BigInt.prototype.name": None,
    # Of a proposal that came to nothing.
    ".Array.prototype[@@unscopables].groupBy": None,
    ".Array.prototype[@@unscopables].groupByToMap": None,
    # Here a class, as the standard has it; in k6 one key, with what its program calls keys by.
    ".crypto.CryptoKey": "function enumerable",
    ".global": "object enumerable",
}
OTHERWISE.update({".crypto.CryptoKey." + name: None for name in (
    "algorithm", "containsUsage", "extractable", "isKeyPair", "resolveCryptoKey", "resolveCryptoKeyPair", "type", "usages",
    "validate")})


def facts(text):
    """Path: type, and whether it is enumerable. How many arguments a function has, and what may be written, is not said:
    k6's functions cannot be replaced by a script, these can."""
    members = {}
    for line in text.splitlines():
        if line.startswith((".", "%", "[")):
            path, kind, *rest = line.split(" ")
            members[path] = kind + (" enumerable" if "e" in rest[-1] else "")
    return members


class Globals(unittest.TestCase):
    def test_every_member_is_k6s(self):
        result = harness.loadctl("run", "-q", "--summary-mode", "disabled", "--log-format", "raw", str(FOLDER / "dump.js"))
        self.assertEqual(result.code, 0, result)
        want, have = facts((FOLDER / "k6.txt").read_text()), facts(result.stdout + result.stderr)
        self.assertGreaterEqual(len(have), len(want), result)
        different = [f"{path}: {have.get(path)}, in k6 {fact}" for path, fact in want.items()
                     if have.get(path) != OTHERWISE.get(path, fact)]
        beyond = [path for path in have if path not in want and not path.startswith(BEYOND)]
        self.assertEqual(different, [])
        self.assertEqual(beyond, [])


if __name__ == "__main__":
    unittest.main()
