"""Kill -9 a process that is keeping runs, again and again, and hold what it acknowledged against what is kept.

    python -m tests.soak.kill --kills 1000 [--seed 7] [--folder DIR]

Each child keeps runs from several threads, writing `run.kept ID` to a pipe after each acknowledgement, while another of
its threads applies decisions of a judge; it first delivers again what the child before it may have kept. Children are
forked from a process that has imported everything, so most of their short life is spent writing. Now and then, and at
the end, everything is read back: what was acknowledged is there, nothing is there twice, everything can be read whole,
and each decision is there entirely or not at all.
"""

from __future__ import annotations

import argparse
import os
import random
import select
import signal
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from synthmon.model.incident import Decision, IncidentEvent
from synthmon.model.run import from_millis
from synthmon.store import migrate
from synthmon.store.opening import open_store
from synthmon.store.sql import SqlStore
from tests.store.values import incident, owed, run

THREADS = 4
LONGEST_LIFE = 0.3  # seconds; opening takes a tenth of it, so some are killed there too
DELIVERED_AGAIN = 5
CHECKS = 10


def child(path: Path, life: int, acknowledged: int) -> None:
    """Keep runs until killed; `acknowledged` is the pipe."""
    store = open_store(path)
    for thread in range(THREADS):
        threading.Thread(target=_keep_runs, args=(store, life, thread, acknowledged), daemon=True).start()
    _apply_decisions(store, life)


def _keep_runs(store: SqlStore, life: int, thread: int, acknowledged: int) -> None:
    for number in range(DELIVERED_AGAIN):
        store.keep([run(number, probe=f"life-{life - 1}", region=f"thread-{thread}")])
    number = 0
    while True:
        result = run(number, probe=f"life-{life}", region=f"thread-{thread}")
        store.keep([result])
        os.write(acknowledged, f"run.kept {result.id}\n".encode())
        number += 1


def _apply_decisions(store: SqlStore, life: int) -> None:
    number = 0
    while True:
        number += 1
        opened = incident(number, probe=f"life-{life}-{number}")
        event = IncidentEvent(opened.id, opened.opened_at, "opened", "")
        store.apply(Decision(store.gather(5).watermark, (), (opened,), (event,), (owed(opened),)))


@dataclass(slots=True)
class Tally:
    kills: int = 0
    acknowledged: set[str] = field(default_factory=set)
    kept: int = 0
    decisions: int = 0
    problems: list[str] = field(default_factory=list)


def kill_once(path: Path, life: int, delay: float) -> Iterator[str]:
    """Let a child live for `delay` seconds, kill it, and give the ids it had acknowledged."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        try:
            child(path, life, writing)
        finally:
            os._exit(70)  # a child that ends by itself has failed
    os.close(writing)
    try:
        said = _heard_until(reading, time.monotonic() + delay)
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        if os.WIFEXITED(status):
            raise SystemExit(f"the child of life {life} ended by itself: {os.waitstatus_to_exitcode(status)}")
        while more := os.read(reading, 1 << 16):
            said += more
    finally:
        os.close(reading)
    # The kill may have cut the last line: what was not heard whole was not acknowledged.
    return (line.split()[1] for line in said.decode().split("\n")[:-1])


def _heard_until(reading: int, until: float) -> bytes:
    said = b""
    while (left := until - time.monotonic()) > 0:
        if select.select([reading], [], [], left)[0]:
            said += os.read(reading, 1 << 16)
    return said


def check(path: Path, tally: Tally) -> None:
    """Hold everything that is kept against what was acknowledged."""
    store = open_store(path)
    try:
        kept = [result.id for result in store.runs(from_millis(0), from_millis(2**42))]
        events = {found.id: store.events(found.id) for found in store.incidents()}
        debts = [delivery.notification.incident_id for delivery in store.deliveries()]
    finally:
        store.close()
    tally.kept, tally.decisions = len(kept), len(events)
    if lost := tally.acknowledged - set(kept):
        tally.problems.append(f"{len(lost)} acknowledged runs are lost: {sorted(lost)[:3]}")
    if len(kept) != len(set(kept)):
        tally.problems.append("runs are there twice")
    if sorted(events) != sorted(debts) or any(len(lines) != 1 for lines in events.values()):
        tally.problems.append("a decision is there in part")
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT count(*) FROM runs").fetchone()[0]
        verdict = connection.execute("PRAGMA integrity_check").fetchone()[0]
    connection.close()
    if rows != len(kept):
        tally.problems.append(f"{rows - len(kept)} runs cannot be read")
    if verdict != "ok":
        tally.problems.append(f"the database is damaged: {verdict}")


def soak(path: Path, kills: int, seed: int) -> Tally:
    chance, tally = random.Random(seed), Tally()
    migrate.upgrade(path)
    between = max(5, kills // CHECKS)
    while tally.kills < kills and not tally.problems:
        tally.kills += 1
        tally.acknowledged.update(kill_once(path, tally.kills, chance.uniform(0, LONGEST_LIFE)))
        if tally.kills % between == 0 or tally.kills == kills:
            check(path, tally)
            if sys.stderr.isatty():
                print(f"\r{tally.kills} kills, {len(tally.acknowledged)} acknowledged", end="", file=sys.stderr)
    return tally


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--folder", type=Path, default=None, help="where the database is made; the disk that counts")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        tally = soak(Path(folder) / "synthmon.db", asked.kills, asked.seed)
    print(
        f"{tally.kills} kills (seed {asked.seed}): {len(tally.acknowledged)} runs acknowledged, {tally.kept} kept, "
        f"{tally.decisions} decisions"
    )
    for problem in tally.problems:
        print(f"PROBLEM: {problem}")
    sys.exit(1 if tally.problems or not tally.acknowledged else 0)


if __name__ == "__main__":
    main()
