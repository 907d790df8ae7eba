"""When iterations started, and how far apart two runs of one script are in it.

A script records each start by started() of tests/conformance/data/starts.js: a console line `start NAME AT BEGUN`, both
in milliseconds of the wall clock: now, and the beginning of its scenario. A run's zero is the earliest beginning of any
scenario in any of its instances, so that an agent, or a scenario, that begins late is seen to be late.

Two programs are alike in NAME if the n-th start of one lies within TOLERANCE of the n-th of the other for nine of ten
n, and within 5 * TOLERANCE for the rest. A busy machine delays starts and never hastens them, so where one run each is
not alike more are made, and the earliest n-th start of each program's runs is taken: what a machine delays now and then
goes away, and what a program does wrong stays.
"""

import itertools
import math

MOST = 0.9
FOR_THE_REST = 5


def taken_from(console):
    """The starts {name: sorted [ms since the run's zero]} of console lines, and the other lines."""
    found, others = [], []
    for line in console:
        words = line.split(": ", 1)[-1].split(" ")
        if words[0] == "start" and len(words) == 4:
            found.append((words[1], float(words[2]), float(words[3])))
        else:
            others.append(line)
    zero = min((begun for _, _, begun in found), default=0)
    starts = {}
    for name, at, _ in found:
        starts.setdefault(name, []).append(at - zero)
    return {name: sorted(times) for name, times in sorted(starts.items())}, others


def distances(theirs, ours):
    """(what nine of ten stay within, the largest) of the distances between the n-th of both lists, in ms."""
    apart = sorted(abs(a - b) for a, b in zip(theirs, ours))
    return apart[math.ceil(MOST * len(apart)) - 1], apart[-1]


def earliest(runs):
    """One {name: [ms]} of several: the n-th start is the earliest of their n-th starts."""
    least = {}
    for name in {name for run in runs for name in run}:
        columns = itertools.zip_longest(*(run.get(name, []) for run in runs), fillvalue=math.inf)
        least[name] = [min(column) for column in columns]
    return least


def compared(theirs, ours, tolerance):
    """(figures, problems), texts of a line each, of two {name: [ms]}."""
    figures, problems = [], []
    if not theirs:
        problems.append("the script records no starts under k6")
    for name in sorted(theirs.keys() & ours.keys()):
        most, largest = distances(theirs[name], ours[name])
        figure = "%d starts of %s: nine of ten within %.1f ms of k6's, all within %.1f ms" % (
            len(ours[name]), name, most, largest)
        figures.append(figure)
        if most > tolerance or largest > FOR_THE_REST * tolerance:
            pairs = list(zip(theirs[name], ours[name]))
            worst = max(range(len(pairs)), key=lambda n: abs(pairs[n][0] - pairs[n][1]))
            problems.append("%s, beyond %d ms or %d ms (start %d: %.0f ms in k6, %.0f ms in loadctl)" % (
                figure, tolerance, FOR_THE_REST * tolerance, worst, *pairs[worst]))
    return figures, problems
