"""A network of its own for one fault: a hub, where controller and client are, and a namespace for each agent, joined by
cables whose ends may be cut, slowed down or made lossy with nftables. Needs root."""

import itertools
import os
import subprocess

_numbers = itertools.count(1)
TABLE = "fault"


def tool(*command, check=True):
    return subprocess.run(command, check=check, capture_output=True, text=True)


class Network:
    """`agents` namespaces around a hub. inside(0) is the command prefix of the hub, inside(n) of agent n."""

    HUB = "10.214.0.1"

    def __init__(self, agents):
        name = "lcf-%d-%d" % (os.getpid(), next(_numbers))
        self._names = ["%s-%d" % (name, number) for number in range(agents + 1)]

    def inside(self, number):
        return ["ip", "netns", "exec", self._names[number]]

    def __enter__(self):
        try:
            self._make()
        except Exception:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for name in self._names:
            tool("ip", "netns", "delete", name, check=False)

    def _make(self):
        for name in self._names:
            tool("ip", "netns", "add", name)
            tool("ip", "netns", "exec", name, "ip", "link", "set", "lo", "up")
        hub = self.inside(0)
        tool(*hub, "ip", "link", "add", "hub", "type", "bridge")
        tool(*hub, "ip", "address", "add", self.HUB + "/24", "dev", "hub")
        tool(*hub, "ip", "link", "set", "hub", "up")
        for number, name in enumerate(self._names[1:], 1):
            tool(*hub, "ip", "link", "add", "c%d" % number, "type", "veth", "peer", "name", "cable", "netns", name)
            tool(*hub, "ip", "link", "set", "c%d" % number, "master", "hub", "up")
            tool(*self.inside(number), "ip", "address", "add", "10.214.0.%d/24" % (number + 1), "dev", "cable")
            tool(*self.inside(number), "ip", "link", "set", "cable", "up")

    def _rule(self, number, verdict):
        tool(*self.inside(number), "nft", "add table inet %s; " % TABLE + " ".join(
            "add chain inet %s %s { type filter hook %s priority 0; }; add rule inet %s %s %s cable %s;" % (
                TABLE, chain, hook, TABLE, chain, where, verdict)
            for chain, hook, where in (("from", "input", "iifname"), ("to", "output", "oifname"))))

    def cut(self, number):
        """Nothing passes in either direction, and nobody is told."""
        self._rule(number, "drop")

    def lose(self, number, percent):
        self._rule(number, "numgen random mod 100 < %d drop" % percent)

    def slow(self, number, kilobytes):
        """What is more than so much a second is dropped, as by a policer."""
        self._rule(number, "limit rate over %d kbytes/second burst 8 kbytes drop" % kilobytes)

    def heal(self, number):
        tool(*self.inside(number), "nft", "delete", "table", "inet", TABLE)


def works():
    try:
        with Network(1) as network:
            network.cut(1)
            network.heal(1)
        return True
    except (OSError, subprocess.CalledProcessError):
        return False
