"""How many runs of four steps the store keeps durably in a second, beside a bare sqlite3 loop on the same disk.

    python benchmarks/store.py [--seconds 3] [--threads 16] [--folder DIR]

Both keep rows of the same size with the same indexes and sync every commit (WAL, synchronous=FULL). The bare loop
commits 16 rows at a time on one connection and has nothing else to do: no result to turn into a document, no thread to
hand over to, nobody to acknowledge to. "Alone" commits each row by itself, which is what sixteen careful writers would
get without sharing commits.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from synthmon.model.run import (
    AssertionResult,
    Exchange,
    ExchangePurpose,
    Outcome,
    Phases,
    Quality,
    RunKey,
    RunResult,
    StepResult,
)
from synthmon.store import migrate
from synthmon.store.opening import open_store
from synthmon.store.sql import SqlStore

MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
STEPS = (("log-in", "POST"), ("cart", "POST"), ("checkout", "POST"), ("order", "GET"))


def typical(chance: random.Random, number: int) -> RunResult:
    """A run of a shop's checkout that passed: four requests, three assertions each, figures that never repeat."""
    steps, offset = [], 0.0002
    for place, (name, method) in enumerate(STEPS):
        step = _step(chance, place, name, method, offset)
        steps.append(step)
        offset += step.duration
    slot = MIDNIGHT + timedelta(seconds=number)
    return RunResult(
        key=RunKey("production", "checkout", "eu-west", slot),
        started_at=slot + timedelta(milliseconds=chance.randrange(9)),
        duration=offset,
        outcome=Outcome.PASSED,
        steps=tuple(steps),
        quality=Quality(late=chance.uniform(0, 0.003), lag=chance.uniform(0, 0.002)),
        probe_hash="c0ffee" * 10,
        latency=offset,
        latency_budget=3.0,
    )


def _step(chance: random.Random, place: int, name: str, method: str, offset: float) -> StepResult:
    first_byte, transfer = chance.uniform(0.01, 0.2), chance.uniform(1e-5, 1e-4)
    phases = Phases(send=chance.uniform(1e-5, 1e-4), first_byte=first_byte, transfer=transfer, total=first_byte + 0.002)
    if place == 0:
        dns, connect, tls = chance.uniform(1e-4, 1e-3), chance.uniform(1e-3, 2e-2), chance.uniform(1e-2, 4e-2)
        phases = replace(phases, dns=dns, connect=connect, tls=tls)
    at = f"probes/checkout.yaml:{20 + 9 * place}"
    exchange = Exchange(
        purpose=ExchangePurpose.REQUEST,
        method=method,
        url=f"https://shop.example.com/api/{name}",
        offset=offset + 0.0001,
        phases=phases,
        status=200,
        address="203.0.113.7:443",
        http_version="1.1",
        reused=place > 0,
        received=chance.randrange(100, 4000),
    )
    return StepResult(
        id=name,
        name=name.capitalize(),
        outcome=Outcome.PASSED,
        offset=offset,
        duration=first_byte + 0.003,
        latency=first_byte,
        latency_budget=1.0,
        phases=phases,
        status=200,
        assertions=(
            AssertionResult("status", "2xx", "200", passed=True, source=f"{at}:7"),
            AssertionResult("$.id", "exists", "a text", passed=True, source=f"{at}:9"),
            AssertionResult("schema", "schemas/order.schema.json", "valid", passed=True, source=f"{at}:11"),
        ),
        exchanges=(exchange,),
        captured={"order": str(chance.randrange(10**6))},
    )


def kept_by_the_store(store: SqlStore, threads: int, seconds: float) -> tuple[float, list[float]]:
    """Runs kept a second by so many threads, each waiting for its own acknowledgement, and the seconds each waited."""
    chance = random.Random(7)
    sample = [typical(chance, number) for number in range(2000)]
    numbers, waits, until = itertools.count(), list[list[float]](), time.perf_counter() + seconds

    def keep(mine: list[float]) -> None:
        while (started := time.perf_counter()) < until:
            number = next(numbers)
            template = sample[number % len(sample)]
            slot = MIDNIGHT + timedelta(seconds=number)
            store.keep([replace(template, key=replace(template.key, slot=slot))])
            mine.append(time.perf_counter() - started)

    workers = []
    for _ in range(threads):
        waits.append([])
        workers.append(threading.Thread(target=keep, args=(waits[-1],)))
    started = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    every = [wait for mine in waits for wait in mine]
    return len(every) / (time.perf_counter() - started), every


def kept_by_a_daemon(store: SqlStore, batch: int, seconds: float) -> float:
    """Runs kept a second by one thread that hands over `batch` at a time, as a daemon's keeper does under load."""
    chance, done, number = random.Random(8), 0, 50_000_000
    sample = [typical(chance, number) for number in range(batch)]
    started = time.perf_counter()
    while time.perf_counter() - started < seconds:
        number += batch
        slots = [MIDNIGHT + timedelta(seconds=number + place) for place in range(batch)]
        done += store.keep(
            [replace(run, key=replace(run.key, slot=slot)) for run, slot in zip(sample, slots, strict=True)]
        )
    return done / (time.perf_counter() - started)


def kept_by_a_bare_loop(path: Path, rows: list[tuple[object, ...]], batch: int, seconds: float) -> float:
    """Rows a second of one thread that inserts and commits `batch` rows at a time."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous=FULL")
    names = [row[1] for row in connection.execute("PRAGMA table_info(runs)")]
    statement = f"INSERT OR IGNORE INTO runs ({','.join(names)}) VALUES ({','.join('?' * len(names))})"
    done, place, started = 0, names.index("arrival"), time.perf_counter()
    for piece in _pieces(rows, batch, place, names.index("slot"), names.index("id")):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(statement, piece)
        connection.execute("COMMIT")
        done += len(piece)
        if time.perf_counter() - started > seconds:
            break
    rate = done / (time.perf_counter() - started)
    connection.close()
    return rate


def _pieces(
    rows: list[tuple[object, ...]], batch: int, arrival: int, slot: int, run_id: int
) -> Iterator[list[list[object]]]:
    """Ever new rows made from old ones."""
    number = 10_000_000 * (1 + batch)
    while True:
        piece = []
        for _ in range(batch):
            row = list(rows[number % len(rows)])
            number += 1
            row[arrival], row[slot], row[run_id] = number, number * 1000, os.urandom(16)
            piece.append(row)
        yield piece


def syncs(folder: Path, seconds: float) -> float:
    """How many times a second the disk makes 4 KiB durable."""
    with (folder / "sync").open("wb", buffering=0) as file:
        done, started = 0, time.perf_counter()
        while time.perf_counter() - started < seconds:
            file.write(b"x" * 4096)
            os.fdatasync(file.fileno())
            done += 1
        return done / (time.perf_counter() - started)


def space(path: Path) -> float:
    """Bytes of the file for each step row, everything included."""
    with sqlite3.connect(path) as connection:
        (runs,) = connection.execute("SELECT count(*) FROM runs").fetchone()
    connection.close()
    return float(path.stat().st_size / (runs * len(STEPS)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--threads", type=int, default=16)
    parser.add_argument("--folder", type=Path, default=None, help="where the databases are made; the disk that counts")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.folder) as name:
        folder = Path(name)
        ours, bare = folder / "ours.db", folder / "bare.db"
        for path in (ours, bare):
            migrate.upgrade(path)
        disk = syncs(folder, 0.5)
        store = open_store(ours)
        rate, waits = kept_by_the_store(store, asked.threads, asked.seconds)
        daemon = kept_by_a_daemon(store, 200, asked.seconds)
        store.close()
        with sqlite3.connect(ours) as connection:
            rows = connection.execute("SELECT * FROM runs LIMIT 2000").fetchall()
        connection.close()
        together = kept_by_a_bare_loop(bare, rows, asked.threads, asked.seconds)
        alone = kept_by_a_bare_loop(bare, rows, 1, asked.seconds)
        size = space(ours)
    cuts = statistics.quantiles(waits, n=100)
    print(f"disk: {disk:,.0f} syncs of 4 KiB a second")
    print(f"store, {asked.threads} threads, one run a call: {rate:,.0f} runs/s durable")
    print(f"  acknowledged after p50 {cuts[49] * 1000:.2f} ms, p99 {cuts[98] * 1000:.2f} ms")
    print(f"store, one thread, 200 runs a call: {daemon:,.0f} runs/s durable")
    print(f"bare sqlite3, {asked.threads} rows a commit: {together:,.0f} rows/s; store / bare = {rate / together:.2f}")
    print(f"bare sqlite3, one row a commit: {alone:,.0f} rows/s; store / bare = {rate / alone:.2f}")
    print(f"space: {size:.0f} bytes per step row, indexes included (goal: at most 150)")


if __name__ == "__main__":
    main()
