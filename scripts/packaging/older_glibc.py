#!/usr/bin/env python3
"""Makes ELF files of a newer glibc load with an older one, where all they want of the newer are functions that come with them.

    older_glibc.py FILE...

Debian 12's libstdc++ and libarchive want arc4random of glibc 2.36, only. A file's reference to that version is changed to one
that it also has and every glibc knows; the function itself is found in compat.c's library, which has no versions and so
serves every one. Anything else that is too new is an error: it would be missing.
"""

import struct
import sys

NEWEST = (2, 35)
OURS = {"arc4random", "arc4random_buf", "arc4random_uniform"}  # compat.c


def string(data, at):
    return data[at:data.index(b"\0", at)].decode()


class Elf:
    """What is needed of a 64-bit little-endian ELF file's dynamic part."""

    def __init__(self, path):
        self.path = path
        with open(path, "rb") as file:
            self.data = bytearray(file.read())
        if self.data[:6] != b"\x7fELF\x02\x01":
            raise SystemExit("%s: not a 64-bit little-endian ELF file" % path)
        headers, = struct.unpack_from("<Q", self.data, 32)
        size, count = struct.unpack_from("<HH", self.data, 54)
        self.segments = [struct.unpack_from("<IIQQQQQQ", self.data, headers + i * size) for i in range(count)]
        self.dynamic = {}
        for kind, _, offset, _, _, length, _, _ in self.segments:
            for at in range(offset, offset + length, 16) if kind == 2 else ():
                tag, value = struct.unpack_from("<QQ", self.data, at)
                self.dynamic.setdefault(tag, value)

    def offset(self, address):
        """Where in the file an address of the loaded program is."""
        for kind, _, offset, start, _, length, _, _ in self.segments:
            if kind == 1 and start <= address < start + length:
                return offset + address - start
        raise SystemExit("%s: address %x is in no segment" % (self.path, address))

    def needed_versions(self):
        """(offset of the entry, its index, its name) of every version that is wanted of libc."""
        if 0x6ffffffe not in self.dynamic:
            return
        names = self.offset(self.dynamic[5])
        at = self.offset(self.dynamic[0x6ffffffe])
        for _ in range(self.dynamic[0x6fffffff]):
            _, count, file, first, following = struct.unpack_from("<HHIII", self.data, at)
            entry = at + first
            for _ in range(count):
                _, _, index, name, more = struct.unpack_from("<IHHII", self.data, entry)
                if string(self.data, names + file).startswith("libc.so"):
                    yield entry, index, string(self.data, names + name)
                entry += more
            at += following

    def symbols_of(self, index):
        """Names of the dynamic symbols that have a version."""
        symbols, versions, names = (self.offset(self.dynamic[tag]) for tag in (6, 0x6ffffff0, 5))
        sections, = struct.unpack_from("<Q", self.data, 40)
        size, number_of_sections = struct.unpack_from("<HH", self.data, 58)
        table = next(one for one in (struct.unpack_from("<IIQQQQ", self.data, sections + i * size)
                                     for i in range(number_of_sections)) if one[1] == 11)  # SHT_DYNSYM
        count = table[5] // 24
        for number in range(count):
            found, = struct.unpack_from("<H", self.data, versions + 2 * number)
            if found & 0x7fff == index:
                name, = struct.unpack_from("<I", self.data, symbols + 24 * number)
                yield string(self.data, names + name)


def number(version):
    parts = version.removeprefix("GLIBC_").split(".")
    return tuple(int(part) for part in parts) if version.startswith("GLIBC_") and parts[0].isdigit() else (0,)


def main():
    for path in sys.argv[1:]:
        elf = Elf(path)
        wanted = list(elf.needed_versions())
        old = [entry for entry, _, name in wanted if number(name) <= NEWEST and name.startswith("GLIBC_2")]
        for entry, index, name in wanted:
            if number(name) <= NEWEST:
                continue
            lacking = set(elf.symbols_of(index)) - OURS
            if lacking or not old:
                raise SystemExit("%s wants %s of %s" % (path, ", ".join(sorted(lacking)), name))
            elf.data[entry:entry + 4] = elf.data[old[0]:old[0] + 4]            # the hash of the name
            elf.data[entry + 8:entry + 12] = elf.data[old[0] + 8:old[0] + 12]  # the name
        with open(path, "r+b") as file:
            file.write(elf.data)


if __name__ == "__main__":
    main()
