"""How late runs start, on one core: at 5,000 journeys a minute, through stalls of 1.3 s, and 10,000 at one instant.

    python benchmarks/punctuality.py [--probes 1000] [--a-minute 5000] [--seconds 15] [--instant 10000]

Each contender is a process of its own on one core: the agent's side of synthmon (its scheduler, workers, engine and
keeper; results go to SQLite, each durable), and APScheduler as its manual begins, with a job for each probe and its
defaults, which walks the same journeys by the same engine. The server runs beside them. What is late is the instant at
which a run begins, less the one at which it was due. After a time without disturbance the process is stopped (SIGSTOP)
for 1.3 s, and after a pause the interpreter is held by one call into C for as long; then each slot is looked for: run,
said to be skipped with a reason, or lost. A bare thread that wakes for the same instants shows what the machine takes.

For the instant the phases that spread probes are taken away, and at the engine's seam a run ends at once: a journey
that waits for its target keeps its worker, and then the target would be measured. Loop and workers are the same.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import signal
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import _contenders as contenders
from benchmarks._contenders import STALL
from benchmarks._figures import goal, quantile, table, versions
from benchmarks._serving import serving

PAUSE = 4.0  # seconds
ENDS_WITHIN = 5.0  # seconds, for a process whose line is cut
LATE_GOAL, INSTANT_GOAL = 3.0, 0.6  # ms; s
Contender = Callable[[Connection, str, int, float], None]
Act = Callable[[int, Connection], None]
HEAD = (
    "late, ms",
    "p50",
    "p99",
    "worst",
    "drift",
    "stopped",
    "held",
    "slots",
    "skipped, said",
    "lost",
    "CPU ms a slot",
)


@dataclass
class Found:
    """What became of slots: by the instant at which each was due, in seconds of the epoch, how late its run began."""

    started: list[tuple[float, float]] = field(default_factory=list)
    skipped: int = 0
    due: int = 0
    cpu: float = 0.0

    def late(self, start: float, end: float) -> list[float]:
        return [late for slot, late in self.started if start <= slot < end]


def of_one_core(
    contender: Contender, url: str, probes: int, interval: float, act: Callable[[int, Connection], None]
) -> Found:
    """Have it live on the first core while `act` does something to its process; what it says of itself at the end.

    Raises `SystemExit` when it ends before it has said that: what is left would be a wait for nobody.
    """
    ours, theirs = multiprocessing.get_context("fork").Pipe()
    process = multiprocessing.get_context("fork").Process(
        target=_alone, args=(contender, theirs, url, probes, interval)
    )
    process.start()
    theirs.close()  # else nobody would notice that the process has ended
    try:
        assert process.pid is not None
        ours.recv()  # it runs
        act(process.pid, ours)
        ours.send("end")
        return Found(*ours.recv())
    except (EOFError, ConnectionError) as error:
        process.join(ENDS_WITHIN)
        said = f"with {process.exitcode}" if process.exitcode is not None else "its line only"
        raise SystemExit(f"{contender.__name__} ended by itself ({said}): what it wrote last says why") from error
    finally:
        process.kill()
        process.join()


def _alone(contender: Contender, line: Connection, url: str, probes: int, interval: float) -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    contender(line, url, probes, interval)
    line.close()
    os._exit(0)


@dataclass(frozen=True)
class Stretch:
    """When what was done to a process; in seconds of the epoch."""

    calm: tuple[float, float]
    stopped: tuple[float, float]
    held: tuple[float, float]


def disturb(seconds: float, warm: float, into: list[Stretch]) -> Act:
    def act(pid: int, line: Connection) -> None:
        time.sleep(warm)
        began = time.time()
        time.sleep(seconds)
        calm = time.time()
        os.kill(pid, signal.SIGSTOP)
        time.sleep(STALL)
        os.kill(pid, signal.SIGCONT)
        time.sleep(PAUSE)
        held = time.time()
        line.send("hold")
        time.sleep(STALL + PAUSE)
        into.append(Stretch((began, calm), (calm, held), (held, time.time())))

    return act


def milliseconds(values: Sequence[float], share: float) -> str:
    return f"{1000 * quantile(values, share):.2f}" if values else "-"


def at_a_rate(probes: int, a_minute: int, seconds: float) -> None:
    interval = probes * 60 / a_minute
    rows, ours = list[tuple[str, ...]](), (0.0, 0.0, 0)
    with serving() as url:
        for name, contender in contenders.AT_A_RATE.items():
            parts: list[Stretch] = []
            found = of_one_core(
                contender,
                url,
                probes,
                interval,
                disturb(seconds, 0.0 if name == contenders.BARE else interval + 1.0, parts),
            )
            calm, stopped, held = (found.late(*one) for one in (parts[0].calm, parts[0].stopped, parts[0].held))
            lost = found.due - len(found.started) - found.skipped
            quarter = len(calm) // 4
            drift = 1000 * (statistics.median(calm[-quarter:]) - statistics.median(calm[:quarter]))
            shares = [milliseconds(calm, share) for share in (0.5, 0.99, 1.0)]
            worst = [milliseconds(some, 1.0) for some in (stopped, held)]
            counts = [f"{number:,}" for number in (found.due, found.skipped, lost)]
            cost = f"{1000 * found.cpu / max(1, found.due):.2f}"
            rows.append((name, *shares, f"{drift:.2f}", *worst, *counts, cost))
            if name == "synthmon":
                ours = (1000 * quantile(calm, 0.99), abs(drift), lost)
    print(
        f"{probes:,} probes every {interval:g} s: {a_minute:,} journeys of four steps a minute. {seconds:g} s without"
    )
    print(f"disturbance, then stopped for {STALL:g} s, then the interpreter held for {STALL:g} s (of these the worst):")
    table(HEAD, rows)
    print(versions("APScheduler") + "\n")
    who = f"{probes:,} probes at {a_minute:,} a minute, one core"
    goal(f"late, p99 of {who}", ours[0], LATE_GOAL, "ms")
    goal(f"drift of the median over the time undisturbed, {who}", ours[1], 1.0, "ms")
    goal(f"slots lost through two stalls of {STALL:g} s, {who}", ours[2], 0, "slots")
    print()


def at_an_instant(probes: int) -> None:
    rows, figures = list[tuple[str, ...]](), list[tuple[float, float]]()
    for name, contender in contenders.AT_AN_INSTANT.items():
        found = of_one_core(contender, "", probes, 0.0, lambda *_: None)
        late = [one for _, one in found.started]
        worst = max(late, default=float("inf"))
        figures.append((worst, probes - len(late)))
        rows.append(
            (
                name,
                milliseconds(late, 0.5),
                milliseconds(late, 1.0),
                f"{len(late):,}",
                f"{probes - len(late):,}",
                f"{1e6 * found.cpu / probes:.0f}",
            )
        )
    print(f"{probes:,} probes due at one instant, an engine whose runs end at once:")
    table(("late, ms", "p50", "worst", "started", "dropped", "CPU us a run"), rows)
    goal(f"all {probes:,} started within", figures[0][0], INSTANT_GOAL, "s")
    goal("dropped of them", figures[0][1], 0, "runs")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--probes", type=int, default=1000)
    parser.add_argument("--a-minute", type=int, default=5000, help="journeys")
    parser.add_argument("--seconds", type=float, default=15.0, help="without disturbance, of each contender")
    parser.add_argument("--instant", type=int, default=10_000, help="probes due at one instant; 0: none")
    asked = parser.parse_args()
    at_a_rate(asked.probes, asked.a_minute, asked.seconds)
    if asked.instant:
        at_an_instant(asked.instant)


if __name__ == "__main__":
    main()
