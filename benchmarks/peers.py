"""One journey of four steps by `synthmon run`, and by newman, Step CI, Artillery, Tavern, pytest, Locust and Hurl.

    python benchmarks/peers.py [--rounds 3] [--folder DIR] [--install]

`--install` fetches those that npm, PyPI and Debian have, each into a folder of its own below DIR, and says their
versions; what is not there is reported as absent, never as zero. All do the same work (`benchmarks/_walkers.py`) on one
server of loopback: before anything is measured, each must pass there and must notice a payment that was not made, and
it is counted how many requests came. A process of each walks one journey, then another one many: the difference, for
each journey more, is what the journey costs without the start. Processor time is of the process and its children;
rounds alternate, figures are medians. Times by the clock say more on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from socket import socket
from typing import cast

import pycurl
import trustme

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._compiled import compile_as_installed
from benchmarks._figures import ABSENT, Spent, children, goal, table
from benchmarks._getting import HOME, install, version, version_told
from benchmarks._serving import serving
from benchmarks._walkers import BARE, CALLS, NEWMAN, SYNTHMON, WALKERS, Walker
from synthmon.app.answering import talk

PATIENCE = 120  # seconds for one process
REPEATED = 2  # rounds of many journeys in a process


@dataclass(slots=True)
class Found:
    """What the rounds of one tool found: a process with one journey, and processor seconds for each journey more."""

    cold: list[Spent] = field(default_factory=list)
    warm: dict[str, list[float]] = field(default_factory=dict)
    connections: float = 0.0


class Counter:
    """Counts connections and answers in the server's process; `spoiled` is whether payments are refused."""

    def __init__(self) -> None:
        self.connections, self.answers, self.spoiled = _number(), _number(), _number()

    def talk(self, channel: socket) -> None:
        with self.connections.get_lock():
            self.connections.value += 1
        talk(cast("socket", _Counted(channel, self)))  # of a socket it asks these two methods

    def reset(self, *, spoiled: bool = False) -> None:
        self.connections.value = self.answers.value = 0
        self.spoiled.value = int(spoiled)


def _number() -> Synchronized[int]:
    return cast("Synchronized[int]", multiprocessing.get_context("fork").Value("q", 0))


class _Counted:
    def __init__(self, channel: socket, counter: Counter) -> None:
        self._counter = counter
        self._channel = channel
        self.recv = channel.recv

    def sendall(self, answer: bytes) -> None:
        with self._counter.answers.get_lock():
            self._counter.answers.value += 1
        spoiled = answer.replace(b'"status": "paid"', b'"status": "open"')
        self._channel.sendall(spoiled if self._counter.spoiled.value else answer)


@dataclass(frozen=True, slots=True)
class Track:
    """Where journeys go: an address, what counts there, and the folder that files are laid into."""

    url: str
    counter: Counter
    folder: Path
    environ: Mapping[str, str]

    def walk(self, walker: Walker, program: str, journeys: int) -> Spent:
        """Exits where it did not pass, or did not send as many requests as it was asked to."""
        self.counter.reset()
        spent, code, said = self._run(walker, program, journeys)
        asked, came = journeys * len(CALLS), self.counter.answers.value
        if code or came != asked:
            raise SystemExit(f"{walker.name}: exit code {code}, {came} of {asked} requests came: {said[-3000:]}")
        return spent

    def refuse(self, walker: Walker, program: str) -> None:
        """Exits where it passes although the payment was refused: then it does not do the work."""
        self.counter.reset(spoiled=True)
        _, code, said = self._run(walker, program, 1)
        if not code:
            raise SystemExit(f"{walker.name} did not notice a payment that was not made: {said[-3000:]}")

    def _run(self, walker: Walker, program: str, journeys: int) -> tuple[Spent, int, str]:
        with tempfile.TemporaryDirectory(dir=self.folder) as made:
            for name, content in walker.files(self.url, journeys).items():
                file = Path(made) / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(content)
            with children() as spent:
                done = self._ended(walker, [program, *walker.command(journeys)], made)
        return spent, done.returncode, done.stdout + done.stderr

    def _ended(self, walker: Walker, command: Sequence[str], folder: str) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(
                command, cwd=folder, env=self.environ, capture_output=True, text=True, check=False, timeout=PATIENCE
            )
        except subprocess.TimeoutExpired as late:
            raise SystemExit(f"{walker.name} did not end within {PATIENCE} s") from late


def environment(ca_file: str) -> dict[str, str]:
    """With the authority of the server by TLS for each of them, and nothing told to anybody's statistics."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SYNTHMON_")}
    authority = dict.fromkeys(("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"), ca_file)
    quiet = {"STEPCI_DISABLE_ANALYTICS": "1", "ARTILLERY_DISABLE_TELEMETRY": "true", "NO_COLOR": "1"}
    return kept | authority | quiet | {"SYNTHMON_SECRET_PASSWORD": "correct horse battery", "NO_PROXY": "127.0.0.1"}


def measure(present: Mapping[str, str], tracks: Mapping[str, Track], rounds: int) -> dict[str, Found]:
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
                more = track.walk(walker, program, walker.many)
                mine.connections = track.counter.connections.value / walker.many
                # The start is one without TLS in both cases: a single handshake is lost among so many journeys.
                mine.warm[name].append((more.cpu - mine.cold[-1].cpu) / (walker.many - 1))
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
    ours, newman = found[SYNTHMON.name], found.get(NEWMAN.name)
    wall = statistics.median(spent.wall for spent in ours.cold)
    theirs = statistics.median(spent.wall for spent in newman.cold) if newman else None
    goal("`synthmon run` of one probe, a cold process", wall, 0.25, "s")
    goal("`synthmon run`, a cold process, to newman", wall / theirs if theirs else None, 0.25, "times")
    for track in ours.warm:
        others = {name: _warm(one, track) for name, one in found.items() if name not in {SYNTHMON.name, BARE.name}}
        best = min(others, key=others.__getitem__, default=None)
        to_best = _warm(ours, track) / others[best] if best else None
        goal(f"CPU of a journey, {track}, to the best of the others{f' ({best})' if best else ''}", to_best, 1, "times")
        hurl = others.get("Hurl")
        limit = 1.0 if track == "plain" else 0.8
        goal(f"CPU of a journey, {track}, to Hurl", _warm(ours, track) / hurl if hurl else None, limit, "times")


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
        track = partial(Track, folder=Path(made), environ=environment(ca_file))
        tracks = {"plain": track(plain, counters[0]), "by TLS": track(secure, counters[1])}
        found = measure(present, tracks, asked.rounds)
    show(chosen, found, versions)
    show_goals(found)


def _version(walker: Walker, peers: Path, program: str) -> str:
    if walker is BARE:
        return f"libcurl {pycurl.version_info()[1]}"
    return (version(peers / walker.home) if walker.home else "") or version_told(program)


if __name__ == "__main__":
    main()
