"""How many runs of four steps the store keeps durably in a second, beside bare loops of the drivers on the same disk.

    python benchmarks/store.py [--seconds 1] [--rounds 3] [--threads 16] [--folder DIR]

On SQLite (WAL, synchronous=FULL) and on a PostgreSQL server of its own (fsync on), over loopback. All keep rows of the
same size with the same indexes, and every commit is synced before it is acknowledged. The bare loops have nothing to
do but that: rows that are ready, on one connection; no result to turn into a document, no thread to hand over to,
nobody to acknowledge to, nothing to number. On PostgreSQL there are two: `executemany`, and COPY, which could not tell
what is there already.

Rounds alternate. Beside runs a second by the clock, which hang on the disk and on what else the machine does, stands
what one run costs of the processor, here and in the server, and how many runs shared a commit.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import Engine, event

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._figures import goal, quantile, ratio, rounded, table, versions
from benchmarks._postgres import difference, postgres, used_by
from benchmarks._runs import MIDNIGHT, STEPS, moved, numbered
from synthmon.model.run import to_millis
from synthmon.store import migrate
from synthmon.store.opening import open_store
from synthmon.store.sql import SqlStore
from synthmon.store.tables import runs
from tests.postgres_server import Server

GOAL = 5000  # runs a second
TOGETHER = 200  # runs in a call of a daemon's keeper, or rows in a commit of a bare loop
_numbers = itertools.count(1)

Work = Callable[[float], tuple[int, list[float]]]
"""Keeps runs until that instant of the clock; how many were kept, and what each caller waited."""

Keep = Callable[[list[list[Any]]], None]
"""Keeps these rows in one transaction."""


@dataclass(slots=True)
class Round:
    """What one turn of a contender came to; seconds."""

    done: int
    wall: float
    ours: float
    server: float
    commits: int
    waits: list[float] = field(default_factory=list)


class Meter:
    """Takes the turns of contenders: by the clock, the processor, and the commits that SQLAlchemy made."""

    def __init__(self, seconds: float, server: Server | None = None) -> None:
        self.seconds, self._server, self.commits = seconds, server, 0
        event.listen(Engine, "commit", self._committed)

    def close(self) -> None:
        event.remove(Engine, "commit", self._committed)

    def _committed(self, _connection: object) -> None:
        self.commits += 1

    def turn(self, work: Work) -> Round:
        server = used_by(self._server) if self._server else {}
        self.commits, ours, began = 0, time.process_time(), time.perf_counter()
        done, waits = work(began + self.seconds)
        wall, ours = time.perf_counter() - began, time.process_time() - ours
        return Round(
            done, wall, ours, difference(server, used_by(self._server)) if self._server else 0.0, self.commits, waits
        )


# Contenders


def careful_callers(store: SqlStore, threads: int) -> Work:
    """So many threads that keep one run a call, each waiting for its own acknowledgement."""
    sample = [numbered(Random(7), number) for number in range(500)]

    def keep(until: float, mine: list[float]) -> None:
        while (started := time.perf_counter()) < until:
            number = next(_numbers)
            store.keep([moved(sample[number % len(sample)], number)])
            mine.append(time.perf_counter() - started)

    def work(until: float) -> tuple[int, list[float]]:
        waits: list[list[float]] = [[] for _ in range(threads)]
        workers = [threading.Thread(target=keep, args=(until, mine)) for mine in waits]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        every = [wait for mine in waits for wait in mine]
        return len(every), every

    return work


def keeper(store: SqlStore) -> Work:
    """One thread that hands over many at a time, as a daemon's keeper and an agent's delivery do under load."""
    sample = [numbered(Random(8), number) for number in range(TOGETHER)]

    def work(until: float) -> tuple[int, list[float]]:
        done, waits = 0, []
        while (started := time.perf_counter()) < until:
            done += store.keep([moved(run, next(_numbers)) for run in sample])
            waits.append(time.perf_counter() - started)
        return done, waits

    return work


def bare(keep: Keep, rows: Sequence[Sequence[Any]], names: Sequence[str], batch: int) -> Work:
    """One thread that keeps `batch` rows a commit, ever new ones made from old ones."""
    places = tuple(names.index(name) for name in ("arrival", "slot", "id"))

    def piece() -> Iterator[list[Any]]:
        for _ in range(batch):
            number = next(_numbers)
            row = list(rows[number % len(rows)])
            id_ = os.urandom(16) if isinstance(row[places[2]], bytes) else UUID(bytes=os.urandom(16))
            for place, value in zip(places, (number, to_millis(MIDNIGHT) + number, id_), strict=True):
                row[place] = value
            yield row

    def work(until: float) -> tuple[int, list[float]]:
        done = 0
        while time.perf_counter() < until:
            keep(list(piece()))
            done += batch
        return done, []

    return work


def executemany_of_sqlite(connection: sqlite3.Connection, names: Sequence[str]) -> Keep:
    statement = f"INSERT OR IGNORE INTO runs ({','.join(names)}) VALUES ({','.join('?' * len(names))})"

    def keep(piece: list[list[Any]]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(statement, piece)
        connection.execute("COMMIT")

    return keep


def executemany_of_psycopg(connection: psycopg.Connection, names: Sequence[str]) -> Keep:
    places = ",".join(["%s"] * len(names))
    statement = f"INSERT INTO runs ({','.join(names)}) VALUES ({places}) ON CONFLICT DO NOTHING"

    def keep(piece: list[list[Any]]) -> None:
        with connection.transaction(), connection.cursor() as cursor:
            cursor.executemany(statement, piece)

    return keep


def copying(connection: psycopg.Connection, names: Sequence[str]) -> Keep:
    def keep(piece: list[list[Any]]) -> None:
        with (
            connection.transaction(),
            connection.cursor() as cursor,
            cursor.copy(f"COPY runs ({','.join(names)}) FROM STDIN") as copy,
        ):
            for row in piece:
                copy.write_row(row)

    return keep


# One database at a time


def on_sqlite(folder: Path, asked: argparse.Namespace) -> tuple[dict[str, list[Round]], float]:
    ours, theirs = folder / "ours.db", folder / "bare.db"
    for path in (ours, theirs):
        migrate.upgrade(path)
    store = open_store(ours)
    careful_callers(store, asked.threads)(time.perf_counter() + 0.2)
    with sqlite3.connect(ours) as reading:
        names = [row[1] for row in reading.execute("PRAGMA table_info(runs)")]
        rows = reading.execute("SELECT * FROM runs LIMIT 500").fetchall()
    reading.close()
    connection = sqlite3.connect(theirs, isolation_level=None)
    connection.execute("PRAGMA synchronous=FULL")
    keep = executemany_of_sqlite(connection, names)
    found = _rounds(
        asked,
        Meter(asked.seconds),
        {
            f"{asked.threads} threads, one run a call": careful_callers(store, asked.threads),
            f"one thread, {TOGETHER} runs a call": keeper(store),
            f"bare executemany, {asked.threads} rows a commit": bare(keep, rows, names, asked.threads),
            f"bare executemany, {TOGETHER} rows a commit": bare(keep, rows, names, TOGETHER),
        },
    )
    connection.close()
    store.close()
    return found, space(ours)


def on_postgres(server: Server, asked: argparse.Namespace) -> dict[str, list[Round]]:
    with server.connect() as connection:
        connection.execute("CREATE DATABASE bare TEMPLATE template0")
    migrate.upgrade(server.url("bare"))
    store = open_store(server.url())
    careful_callers(store, asked.threads)(time.perf_counter() + 0.2)
    with server.connect() as connection:
        names = [column.name for column in runs.c]
        rows = connection.execute(f"SELECT {','.join(names)} FROM runs LIMIT 500").fetchall()
    with server.connect("bare") as connection:
        connection.execute("SELECT synthmon_make_partition(%s)", (MIDNIGHT.date().replace(day=1),))
        insert, copy = executemany_of_psycopg(connection, names), copying(connection, names)
        found = _rounds(
            asked,
            Meter(asked.seconds, server),
            {
                f"{asked.threads} threads, one run a call": careful_callers(store, asked.threads),
                f"one thread, {TOGETHER} runs a call": keeper(store),
                f"bare executemany, {TOGETHER} rows a commit": bare(insert, rows, names, TOGETHER),
                f"bare COPY, {TOGETHER} rows a commit": bare(copy, rows, names, TOGETHER),
            },
        )
    store.close()
    return found


def _rounds(asked: argparse.Namespace, meter: Meter, contenders: dict[str, Work]) -> dict[str, list[Round]]:
    found: dict[str, list[Round]] = {name: [] for name in contenders}
    for _ in range(asked.rounds):
        for name, work in contenders.items():
            found[name].append(meter.turn(work))
    meter.close()
    return found


# What came of it


def report(what: str, found: dict[str, list[Round]]) -> None:
    bare_cpu = [_each(rounds) for name, rounds in found.items() if name.startswith("bare")][-1]
    rows = []
    for name, rounds in found.items():
        waits = [wait for one in rounds for wait in one.waits]
        waited = f"{quantile(waits, 0.5) * 1e3:.1f} / {quantile(waits, 0.99) * 1e3:.1f}" if waits else "–"
        server = statistics.median(one.server / one.done for one in rounds) * 1e6
        together = [one.done / one.commits for one in rounds if one.commits]
        rows.append(
            (
                name,
                f"{_rate(rounds):,.0f}",
                waited,
                f"{_each(rounds) * 1e6:.0f}",
                f"{server:.0f}" if server else "–",
                ratio(_each(rounds), bare_cpu),
                rounded(statistics.median(together)) if together else name.rsplit(" ", 4)[-4],
            )
        )
    head = (what, "runs/s", "acknowledged after ms, p50 / p99", "CPU µs a run", "in the server", "to bare", "a commit")
    table(head, rows)


def goals(what: str, found: dict[str, list[Round]] | None) -> None:
    """By the clock; a disk or machine that others use as well is to blame where the processor says something else."""
    ours = [] if found is None else [rounds for name, rounds in found.items() if not name.startswith("bare")]
    for name, rounds in zip(("one run a call", f"{TOGETHER} a call"), ours or (None, None), strict=True):
        goal(f"{what}, {name}", None if rounds is None else _rate(rounds), GOAL, "runs/s", at_least=True)
        processor = None if rounds is None else 1 / _each(rounds)
        goal(f"{what}, {name}, by the processor time of one core", processor, GOAL, "runs/s", at_least=True)


def _rate(rounds: Sequence[Round]) -> float:
    return statistics.median(one.done / one.wall for one in rounds)


def _each(rounds: Sequence[Round]) -> float:
    """Processor seconds of this process that a run takes."""
    return statistics.median(one.ours / one.done for one in rounds)


def space(path: Path) -> float:
    """Bytes of the file for each step row, everything included."""
    with sqlite3.connect(path) as connection:
        (kept,) = connection.execute("SELECT count(*) FROM runs").fetchone()
    connection.close()
    return float(path.stat().st_size / (kept * len(STEPS)))


def syncs(folder: Path, seconds: float) -> float:
    """How many times a second the disk makes 4 KiB durable."""
    with (folder / "sync").open("wb", buffering=0) as file:
        done, started = 0, time.perf_counter()
        while time.perf_counter() - started < seconds:
            file.write(b"x" * 4096)
            os.fdatasync(file.fileno())
            done += 1
        return done / (time.perf_counter() - started)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each contender in a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=16)
    parser.add_argument("--folder", type=Path, default=None, help="where the databases are made; the disk that counts")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.folder) as name:
        print(f"The disk makes 4 KiB durable {syncs(Path(name), 0.5):,.0f} times a second.")
        sqlite, size = on_sqlite(Path(name), asked)
    report("SQLite", sqlite)
    with postgres(asked.folder) as server:
        served = on_postgres(server, asked) if server is not None else None
    if served is not None:
        report("PostgreSQL", served)
    print(versions("psycopg", "SQLAlchemy") + "\n")
    goals("SQLite", sqlite)
    goals("PostgreSQL", served)
    goal("space of a step row on SQLite, indexes included", size, 150, "bytes")


if __name__ == "__main__":
    main()
