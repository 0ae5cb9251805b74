"""A centre that agents of many regions deliver to at real rates: what it takes, how late, and what it costs.

    python benchmarks/centre.py [--agents 10] [--probes 400] [--regions 5] [--interval 30] [--seconds 20]
                                [--database sqlite] [--database postgres] [--centres 1] [--folder DIR]

The centre is `synthmon centre`, a process of its own, with a database of its own. The agents are simulated by this
process (`_fleet.py`): every probe of every agent has a result of four steps in each interval, at its slot, delivered as
agents deliver; they send heartbeats, and hold the long poll. A third of the way through, the target of three probes
breaks everywhere: their results fail, confirmations that the judge asks for are answered, and a webhook is paged.

`--agents 50 --probes 2000 --regions 10 --interval 60 --seconds 120` is 1,667 runs a second. Processor time, memory,
bytes on the wire and on disk are the centre's (and PostgreSQL's) own; what the agents and the machine's other users do
is not in them, though it keeps the centre waiting. With `--centres 2` two processes share a PostgreSQL, agents go to
them in turn, and one of them judges; figures are of both together.
"""

from __future__ import annotations

import argparse
import math
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import structlog

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._figures import goal, quantile, table
from benchmarks._fleet import Broken, Plan, Tally, fleet
from benchmarks._installed import GROUNDS, Ground, another, centre, install, let_in
from benchmarks._postgres import difference, processor_seconds, used_by
from benchmarks._watched import Pager, Sampled, Watch, written

BROKEN = 3  # probes: as many as one channel is told of one by one within a minute
LATE = 2.0  # seconds from a result's end until the centre has it for good
PAGED = 1.4, 3.0  # intervals and seconds from an outage until somebody is paged: 87 s at 60 s intervals


@dataclass(frozen=True, slots=True)
class Borne:
    """What came of one centre; seconds and bytes."""

    seconds: float
    offered: float
    tally: Tally
    seen: Sampled
    start: float
    processor: tuple[float, ...]
    server: float | None
    written: int
    grown: int
    outage: dict[str, float]
    page: dict[str, float]


def bear(ground: Ground, folder: Path, asked: argparse.Namespace) -> Borne:
    pager = Pager()
    made = install(folder, ground, asked, pager.url)
    tokens = let_in(ground, made)
    every = [made, *(another(made, number) for number in range(2, asked.centres + 1))]
    began = time.monotonic()
    with ExitStack() as running:
        pids = [running.enter_context(centre(one)).pid for one in every]
        start = time.monotonic() - began
        tally, broken = Tally(), Broken()
        agents = fleet(
            [Plan(one.port, asked.interval) for one in every],
            tokens,
            asked.agents // asked.regions,
            made.names,
            broken,
            tally,
        )
        for agent in agents:
            agent.start()
        time.sleep(min(5.0, asked.seconds / 4))  # the first results, dictionaries, connections
        watch = Watch(ground.marks, pids)
        before = _Before(pids, ground, tally)
        if asked.spy:
            spied = [
                "record",
                "--gil",
                "-f",
                "raw",
                "-r",
                "200",
                "-d",
                str(int(asked.seconds)),
                "-o",
                str(folder / "spied"),
            ]
            subprocess.Popen([asked.spy, *spied, "-p", str(pids[0])], stdout=subprocess.DEVNULL)
        time.sleep(asked.seconds / 3)
        broken.since, broken.probes = time.time(), frozenset(made.names[:: len(made.names) // BROKEN][:BROKEN])
        time.sleep(asked.seconds * 2 / 3)
        while len(pager.told) < BROKEN and time.time() - broken.since < asked.interval * 1.5 + 10:
            time.sleep(0.2)
        borne = before.until_now(watch, start, asked, broken, pager)
        for agent in agents:
            agent.stop()
        watch.stop()
    pager.close()
    return borne


class _Before:
    """How everything stood when measuring began."""

    def __init__(self, pids: Sequence[int], ground: Ground, tally: Tally) -> None:
        self._pids, self._ground, self._tally = pids, ground, tally
        with tally.lock:
            self._counts = (tally.accepted, tally.requests, tally.sent, tally.received)
            tally.waits.clear()
        self._at, self._processor = time.monotonic(), [processor_seconds(pid) for pid in pids]
        self._server = used_by(ground.server) if ground.server else {}
        self._written, self._size = sum(map(written, pids)), ground.size()

    def until_now(self, watch: Watch, start: float, asked: argparse.Namespace, broken: Broken, pager: Pager) -> Borne:
        server = self._ground.server
        tally = self._tally
        with tally.lock:
            accepted, requests, sent, received = self._counts
            since = Tally(
                accepted=tally.accepted - accepted,
                refused=tally.refused,
                requests=tally.requests - requests,
                errors=list(tally.errors),
                sent=tally.sent - sent,
                received=tally.received - received,
                waits=list(tally.waits),
                confirmed=tally.confirmed,
            )
            first = dict(tally.first_failure)
        return Borne(
            seconds=time.monotonic() - self._at,
            offered=asked.agents * asked.probes / asked.interval,
            tally=since,
            seen=watch.seen,
            start=start,
            processor=tuple(
                processor_seconds(pid) - before for pid, before in zip(self._pids, self._processor, strict=True)
            ),
            server=difference(self._server, used_by(server)) if server else None,
            written=sum(map(written, self._pids)) - self._written,
            grown=self._ground.size() - self._size,
            outage={name: at - broken.since for name, at in pager.told.items() if name in broken.probes},
            page={name: at - first[name] for name, at in pager.told.items() if name in first},
        )


def report(name: str, borne: Borne) -> None:
    tally, runs = borne.tally, max(1, borne.tally.accepted)
    waits, behind = tally.waits or [0.0], borne.seen.behind or [0.0]
    server = (
        "–"
        if borne.server is None
        else f"{borne.server / runs * 1e6:.0f} µs a run, {borne.server / borne.seconds:.2f} cores"
    )
    rows = [
        ("offered, runs a second", f"{borne.offered:,.0f}"),
        ("accepted, runs a second", f"{runs / borne.seconds:,.0f}"),
        ("accepted after the end of the run, p50 / p99 / most", _three(waits)),
        ("judged after it was kept, p50 / p99 / most", _three(behind)),
        ("page after the outage began, each", _each(borne.outage)),
        ("page after the first failed result, each", _each(borne.page)),
        ("confirmations asked for and answered", f"{tally.confirmed:,}"),
        (
            "requests with results a second, runs in each",
            f"{tally.requests / borne.seconds:,.0f}, {runs / max(1, tally.requests):.1f}",
        ),
        (
            "the centre's processor time",
            f"{sum(borne.processor) / runs * 1e6:.0f} µs a run, "
            + " and ".join(f"{one / borne.seconds:.2f}" for one in borne.processor)
            + " cores",
        ),
        ("PostgreSQL's", server),
        ("the centre's memory, most", f"{borne.seen.memory / 2**20:.0f} MiB"),
        ("bytes on the wire a run, to the centre and back", f"{tally.sent / runs:,.0f}, {tally.received / runs:,.0f}"),
        ("the database grew by, a run", f"{borne.grown / runs:,.0f} bytes"),
        ("the centre wrote to disk, a run", f"{borne.written / runs:,.0f} bytes"),
        ("refused, errors", f"{tally.refused:,}, {len(tally.errors):,}"),
        ("start of the centre", f"{borne.start:.1f} s"),
    ]
    table((name, "found"), rows)
    for error in sorted(set(tally.errors))[:3]:
        print(f"    {error[:200]}")


def _three(values: list[float]) -> str:
    return f"{quantile(values, 0.5):.2f} / {quantile(values, 0.99):.2f} / {max(values):.2f} s"


def _each(values: dict[str, float]) -> str:
    return " / ".join(f"{value:.1f}" for value in sorted(values.values())) + " s" if values else "none came"


def goals(name: str, borne: Borne | None, interval: float) -> None:
    share = None if borne is None else borne.tally.accepted / borne.seconds / borne.offered * 100
    goal(f"{name}, of what is due it accepts", share, 97, "%", at_least=True)
    late = None if borne is None else quantile(borne.tally.waits or [999.0], 0.99)
    goal(f"{name}, accepted after the end of the run, p99", late, LATE, "s")
    goal(f"{name}, the last of {BROKEN} outages is paged after", _paged(borne), PAGED[0] * interval + PAGED[1], "s")


def _paged(borne: Borne | None) -> float | None:
    if borne is None:
        return None
    return max(borne.outage.values()) if len(borne.outage) == BROKEN else math.inf


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agents", type=int, default=10, help="a multiple of the regions")
    parser.add_argument("--probes", type=int, default=400, help="of each agent")
    parser.add_argument("--regions", type=int, default=5)
    parser.add_argument("--interval", type=float, default=30.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--database", choices=sorted(GROUNDS), action="append", help="one of them, or each in turn")
    parser.add_argument("--centres", type=int, default=1, help="processes of the centre; several need PostgreSQL")
    parser.add_argument("--folder", type=Path, default=None, help="where the databases are made; the disk that counts")
    parser.add_argument(
        "--spy", metavar="PROGRAM", help="where py-spy is, to have it say what the centre spends its time with"
    )
    parser.add_argument("--keep", action="store_true", help="leave the folder, with the centre's log in it")
    asked = parser.parse_args()
    if asked.agents % asked.regions:
        parser.error("--agents must be a multiple of --regions")
    if asked.centres > 1 and asked.database != ["postgres"]:
        parser.error("several centres share a PostgreSQL: add --database postgres")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    found: dict[str, Borne | None] = {}
    for database in asked.database or ["sqlite", "postgres"]:
        folder = Path(tempfile.mkdtemp(prefix="synthmon-centre-", dir=asked.folder))
        folder.chmod(0o755)
        with GROUNDS[database](folder) as ground:
            name = {"sqlite": "SQLite", "postgres": "PostgreSQL"}[database]
            found[name] = bear(ground, folder / "centre", asked) if ground is not None else None
            if (borne := found[name]) is not None:
                report(name, borne)
        if asked.keep:
            print(folder)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    for name, borne in found.items():
        goals(name, borne, asked.interval)


if __name__ == "__main__":
    main()
