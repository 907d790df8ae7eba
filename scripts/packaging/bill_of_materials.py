#!/usr/bin/env python3
"""Prints what a tarball contains as CycloneDX 1.5, and copies the licences of it.

    bill_of_materials.py VERSION UNPACKED LICENCES

Every file of UNPACKED/lib is looked up in dpkg's lists by its name; what no package owns is named as it is. Of each package the
version, and its copyright file, which goes to the folder LICENCES.
"""

import hashlib
import json
import pathlib
import re
import shutil
import subprocess
import sys


def owner(name):
    """The package of a library, and the version of it that is installed; (None, None) if it has none."""
    for folder in ("/usr/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"):
        path = pathlib.Path(folder, name)
        if not path.exists():
            continue
        for one in (path, path.resolve(), pathlib.Path(str(path.resolve()).removeprefix("/usr"))):
            found = subprocess.run(["dpkg-query", "-S", one], capture_output=True, text=True, check=False)
            if found.returncode == 0:
                package = found.stdout.split(":")[0]
                version = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package + ":" + architecture()],
                                         capture_output=True, text=True, check=False).stdout
                return package, version
    return None, None


def architecture():
    return subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True).stdout.strip()


def main():
    version, unpacked, licences = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    components = {}
    for path in sorted(unpacked.glob("lib/*")) + sorted(unpacked.glob("bin/*")):
        package, package_version = owner(path.name)
        if path.parent.name == "bin" and path.name != "loadctl-esbuild":
            continue
        if path.name == "loadctl-esbuild":
            package, package_version = "esbuild", esbuild_version(path)
        name = package or path.name
        one = components.setdefault(name, {"type": "library", "name": name, "version": package_version or version, "files": []})
        one["files"].append({"name": str(path.relative_to(unpacked)), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()})
        copyright_file = pathlib.Path("/usr/share/doc", name, "copyright")
        if copyright_file.exists():
            shutil.copyfile(copyright_file, licences / (name + ".txt"))
    print(json.dumps({
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "metadata": {"component": {"type": "application", "name": "loadctl", "version": version}},
        "components": [{
            "type": one["type"], "name": one["name"], "version": one["version"],
            "bom-ref": one["name"], "purl": purl(one),
            "components": [{"type": "file", "name": file["name"], "hashes": [{"alg": "SHA-256", "content": file["sha256"]}]}
                           for file in one["files"]],
        } for one in components.values()],
    }, indent=1, sort_keys=True))


def esbuild_version(path):
    found = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return found if re.fullmatch(r"[0-9.]+", found) else ""


def purl(one):
    if one["name"] == "esbuild":
        return "pkg:npm/esbuild@" + one["version"]
    if one["name"].startswith("lib") and ".so" not in one["name"]:
        return "pkg:deb/debian/%s@%s?arch=%s" % (one["name"], one["version"], architecture())
    return "pkg:generic/%s@%s" % (one["name"], one["version"])


if __name__ == "__main__":
    main()
