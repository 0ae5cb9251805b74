"""What a year of data costs: a report about 30 days over millions of step rows, beside exact SQL; and room for a row.

    python benchmarks/growth.py [--rows 50000] [--seed 7] [--rounds 3] [--folder DIR]

Twenty probes of four steps in three regions, for thirty days: how often they run follows from `--rows` (10,000,000:
every minute). The rows come from a seed; rollups are made by what `synthmon db rollup` runs, PostgreSQL gets everything
by what `synthmon db copy` runs. The SQLite file of a million rows or more takes long to make, so it is kept, in the
user's cache or in `--folder`, and found again as long as the seed gives the same documents.

Measured is availability with p50, p95 and p99 of whole journeys, by probe and region, in rounds that alternate: as
reports count them (`ReportDesk.figures`, from rollups of days), and by exact SQL over the raw rows, which is how a tool
without rollups would do it. Its query reads rows of runs: latencies of steps would be four times as many. Figures are
processor time, on PostgreSQL that of the server included; its query runs in one process, so that none of it is missed.
How exact ours are is taken from the same two. Room for a row is told of another small database, of a run a minute in
three regions for four days, whole tables with their indexes, on both, after `VACUUM`. Memory is of a process which does
nothing else.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import Connection, create_engine

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import _memory
from benchmarks._figures import ABSENT, alternating, goal, ratio, rounded, table
from benchmarks._postgres import difference, postgres, used_by
from benchmarks._runs import STEPS
from benchmarks._seeding import DAY, FIRST, Shop, build, fingerprint, of_rows, roll_up
from synthmon.app.reporting import ReportDesk
from synthmon.model.run import to_millis
from synthmon.reports import html
from synthmon.reports.figures.latency import JOURNEY
from synthmon.reports.figures.period import days
from synthmon.reports.figures.report import Report
from synthmon.store import migrate
from synthmon.store.copying import copy
from synthmon.store.opening import open_store
from synthmon.store.sql import SqlStore
from tests.postgres_server import Server

LARGE = 1_000_000  # rows: a file of so many is kept
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "synthmon-benchmarks"
TABLES = {"runs": "raw", "rollups": "quarters", "rollup_hours": "hours", "rollup_days": "days"}
SHARES = (0.5, 0.95, 0.99)
Figures = Mapping[tuple[str, str], tuple[float, ...]]
"""By probe and region: availability as a share of runs, and the percentiles of whole journeys."""

_CHOSEN = "slot >= :start AND slot < :end AND kind = 'scheduled'"
_RUNS = f"""
    SELECT probe, region, avg(CASE WHEN outcome IN ('passed', 'degraded') THEN 1.0 ELSE 0.0 END) FROM runs
    WHERE {_CHOSEN} AND outcome IN ('passed', 'degraded', 'failed') GROUP BY probe, region"""
_GOOD = f"{_CHOSEN} AND outcome IN ('passed', 'degraded') AND latency IS NOT NULL AND NOT suspect"
_BY_SQLITE = f"""
    SELECT probe, region, latency, place, every FROM (
        SELECT probe, region, latency, count(*) OVER (PARTITION BY probe, region) AS every,
               row_number() OVER (PARTITION BY probe, region ORDER BY latency) AS place
        FROM runs WHERE {_GOOD})
    WHERE place IN ((every * 50 + 99) / 100, (every * 95 + 99) / 100, (every * 99 + 99) / 100)
    ORDER BY probe, region, place"""
_BY_POSTGRESQL = f"""
    SELECT probe, region, percentile_disc(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY latency) FROM runs
    WHERE {_GOOD} GROUP BY probe, region"""


def ours(report: Report) -> Figures:
    """What a report says of each region."""
    found: dict[tuple[str, str], tuple[float, ...]] = {}
    for probe in report.probes:
        for region, tally in probe.regions.items():
            latency = probe.region_steps[region][JOURNEY].latency
            found[probe.name, region] = (tally.success or 0.0, *(latency.quantile(one) or 0.0 for one in SHARES))
    return found


def by_sql(connection: Connection, shop: Shop) -> Figures:
    """The same, exactly, from every run."""
    between = {"start": to_millis(FIRST), "end": to_millis(shop.end)}
    shares = {(probe, region): float(share) for probe, region, share in connection.execute(text(_RUNS), between)}
    ranks: dict[tuple[str, str], tuple[float, ...]] = {}
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET max_parallel_workers_per_gather = 0"))
        for probe, region, exact in connection.execute(text(_BY_POSTGRESQL), between):
            ranks[probe, region] = tuple(exact)
    else:
        for probe, region, latency, place, every in connection.execute(text(_BY_SQLITE), between):
            wanted = sum(place == max(1, -(-every * int(share * 100) // 100)) for share in SHARES)
            ranks[probe, region] = (*ranks.get((probe, region), ()), *[latency] * wanted)
    return {key: (share, *ranks[key]) for key, share in shares.items()}


def worst(mine: Figures, exact: Figures) -> float:
    """By how large a share of the exact one any percentile is off, at most; availability has to be the same."""
    assert mine.keys() == exact.keys()
    for key, figures in mine.items():
        assert abs(figures[0] - exact[key][0]) < 1e-9, (key, figures, exact[key])
    return max(
        abs(one - other) / other
        for key, figures in mine.items()
        for one, other in zip(figures[1:], exact[key][1:], strict=True)
    )


class Side:
    """One database, asked in both ways."""

    def __init__(self, shop: Shop, store: SqlStore, address: str, server: Server | None = None) -> None:
        self.shop, self.server = shop, server
        self.probes = shop.declared
        self.period = days(FIRST.date(), (shop.end - DAY).date(), UTC)
        self.now = shop.end + timedelta(hours=6)
        self.desk = ReportDesk(store, "production", UTC, Path(), kept_for=lambda: 400 * DAY)
        self.engine = create_engine(address)
        self.mine: Figures = {}
        self.exact: Figures = {}

    def spent(self, work: Callable[[], object]) -> float:
        """Seconds of the processor, here and in the server."""
        before = used_by(self.server) if self.server else {}
        began = time.process_time()
        work()
        here = time.process_time() - began
        return here + (difference(before, used_by(self.server)) if self.server else 0.0)

    def figures(self) -> None:
        self.mine = ours(self.desk.figures(self.period, self.now, self.probes))

    def sql(self) -> None:
        with self.engine.connect() as connection:
            self.exact = by_sql(connection, self.shop)

    def page(self) -> None:
        html.render(self.desk.of(self.period, self.now, self.probes))

    def measure(self, rounds: int) -> dict[str, float]:
        self.figures()  # what is read for the first time comes from the disk
        self.sql()
        turns = {"ours": self.figures, "sql": self.sql, "page": self.page}
        return alternating({name: partial(self.spent, work) for name, work in turns.items()}, rounds)


def room(folder: Path) -> dict[str, dict[str, float]]:
    """Bytes for each step row, by database and table, of a run a minute."""
    shop, path = Shop(probes=1, days=4), folder / "room.db"
    rows = build(path, shop, lambda _: None)
    roll_up(path, shop)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("VACUUM")
        found = {"SQLite": {name: _bytes(connection, name) / rows for name in TABLES}}
    with postgres() as server:
        if server is not None:
            copy(f"sqlite:///{path}", server.url(), lambda _table, _rows: None)
            with server.connect() as settled:
                settled.execute("VACUUM ANALYZE")  # as autovacuum does; `COPY` makes tables longer than it needs
            found["PostgreSQL"] = {name: _bytes_of_postgresql(server, name) / rows for name in TABLES}
    return found


def _bytes(connection: sqlite3.Connection, name: str) -> int:
    """What a table takes with its indexes, whole pages but for what is free in them at the end."""
    query = "SELECT sum(pgsize) FROM dbstat WHERE name IN (SELECT name FROM sqlite_master WHERE tbl_name = ?)"
    found: int = connection.execute(query, (name,)).fetchone()[0]
    return found


def _bytes_of_postgresql(server: Server, name: str) -> int:
    """The same; all months of runs together, those that are empty as well."""
    with server.connect() as connection:
        query = """
            SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE oid = %(name)s::regclass
            OR oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = %(name)s::regclass)"""
        found = connection.execute(query, {"name": name}).fetchone()
    assert found is not None
    return int(found[0])


def alone(path: Path, shop: Shop) -> None:
    with closing(open_store(path, read_only=True)) as store:
        _memory.tell(Side(shop, store, f"sqlite:///{path}").page)


def made(folder: Path, shop: Shop, rows: int) -> tuple[Path, int]:
    """The SQLite file, built unless it is there, and how many step rows it has; what making it took is said again."""
    path = folder / f"growth-{rows}-{shop.seed}-{fingerprint(shop)}.db"
    story = path.with_suffix(".txt")
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        making = path.with_suffix(".making")
        making.unlink(missing_ok=True)
        story.write_text(_make(making, shop))
        making.rename(path)
        making.with_name(f"{making.name}-upgrade.lock").unlink(missing_ok=True)
    print(story.read_text(), flush=True)
    migrate.upgrade(path)  # it may be from before
    with closing(sqlite3.connect(path)) as connection:
        counted: int = connection.execute("SELECT count(*) FROM runs").fetchone()[0]
    return path, counted * len(STEPS)


def _make(path: Path, shop: Shop) -> str:
    began = time.process_time()
    count = build(path, shop, lambda line: print(line, file=sys.stderr, flush=True))
    seeded = time.process_time() - began
    quarters = roll_up(path, shop)
    rolled = time.process_time() - began - seeded
    return (
        f"{count:,} step rows were written in {seeded:.0f} s of the processor, and rolled up to "
        f"{quarters:,} quarters, their hours and days in {rolled:.0f} s, on {datetime.now(UTC):%F}."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=50_000, help="of steps; ten million for the figures of the page")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=None, help="where the SQLite file is made, and is found again")
    parser.add_argument("--alone", type=Path, default=None, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    shop = of_rows(asked.rows, asked.seed)
    if asked.alone:
        alone(asked.alone, shop)
        return
    with tempfile.TemporaryDirectory() as name:
        kept_in = asked.folder or (CACHE if asked.rows >= LARGE else Path(name))
        path, rows = made(kept_in, shop, asked.rows)
        found: dict[str, dict[str, float]] = {}
        with closing(open_store(path, read_only=True)) as store:
            side = Side(shop, store, f"sqlite:///{path}")
            found["SQLite"] = side.measure(asked.rounds) | {"off": worst(side.mine, side.exact)}
        there = on_postgresql(path, shop, asked.rounds, side.mine, rows)
        if there:
            found["PostgreSQL"] = there
        same = ("--rows", str(asked.rows), "--seed", str(asked.seed))
        kept = _memory.told_by(__file__, "--alone", str(path), *same)
        tell(found, room(Path(name)), kept, rows)


def on_postgresql(path: Path, shop: Shop, rounds: int, same: Figures, rows: int) -> dict[str, float] | None:
    with postgres() as server:
        if server is None:
            return None
        copy(f"sqlite:///{path}", server.url(), lambda _table, _rows: None)
        with server.connect() as connection:
            connection.execute("VACUUM ANALYZE")
        with closing(open_store(server.url(), read_only=True)) as store:
            side = Side(shop, store, server.url(), server)
            told = side.measure(rounds)
            side.engine.dispose()
        assert side.mine == same, "the same rows gave other figures"
        return told | {"off": worst(side.mine, side.exact), "room": _bytes_of_postgresql(server, "runs") / rows}


def tell(
    found: Mapping[str, Mapping[str, float]],
    space: Mapping[str, Mapping[str, float]],
    kept: tuple[float, float],
    rows: int,
) -> None:
    print(f"{rows:,} step rows of 60 probes and regions in 30 days:")
    table(
        ("", "figures of 30 days", "exact SQL over the runs", "ours / SQL", "page written too", "percentiles off by"),
        [
            (
                name,
                f"{rounded(one['ours'])} s",
                f"{rounded(one['sql'])} s",
                ratio(one["ours"], one["sql"]),
                f"{rounded(one['page'])} s",
                f"{one['off']:.2%}",
            )
            for name, one in found.items()
        ],
    )
    each = [(database, *(rounded(one[name]) for name in TABLES)) for database, one in space.items()]
    table(("bytes a step row", *TABLES.values()), each)
    whole = found.get("PostgreSQL", {}).get("room")
    print(f"Of the {rows:,} above, raw ones take {rounded(whole) if whole else ABSENT} bytes on PostgreSQL. ", end="")
    print(f"A process that makes the page has {kept[1]:.0f} MiB at most, {kept[0]:.0f} of them before it begins.")
    print()
    for name, limit in (("SQLite", 0.25), ("PostgreSQL", 0.5)):
        goal(f"report about 30 days over {rows:,} step rows on {name}", found.get(name, {}).get("ours"), limit, "s")
    goal(f"percentiles off by, over {rows:,} step rows", max(one["off"] for one in found.values()) * 100, 1.1, "%")
    for name in ("SQLite", "PostgreSQL"):
        taken = space.get(name, {})
        if name == "SQLite":  # of PostgreSQL more is known: see below
            goal(f"raw, with indexes, on {name}", taken.get("runs"), 150, "bytes a step row")
        goal(f"as rollups of hours, on {name}", taken.get("rollup_hours"), 3, "bytes a step row")
    goal(f"raw, with indexes, on PostgreSQL, over {rows:,} step rows", whole, 150, "bytes a step row")


if __name__ == "__main__":
    main()
