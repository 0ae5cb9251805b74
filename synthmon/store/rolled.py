"""Rollups as rows: those of a probe and a stretch of time are replaced together, so that they can be counted again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, tuple_
from sqlalchemy.engine import Connection

from synthmon.model.rollup import Rollup
from synthmon.model.run import Outcome
from synthmon.store.retention import Piece
from synthmon.store.tables import rollups, runs
from synthmon.store.writer import one_by_one


@dataclass(frozen=True, slots=True)
class Stretch:
    """All rollups of the probe whose quarters begin in [start, end)."""

    probe: str
    start: datetime
    end: datetime
    rollups: tuple[Rollup, ...] = ()


def _replace(connection: Connection, stretch: Stretch) -> None:
    inside = (rollups.c.probe == stretch.probe, rollups.c.bucket >= stretch.start, rollups.c.bucket < stretch.end)
    connection.execute(delete(rollups).where(*inside))
    if stretch.rollups:
        connection.execute(insert(rollups), [_row(one) for one in stretch.rollups])


def _remove(connection: Connection, piece: Piece) -> int:
    key = (rollups.c.probe, rollups.c.bucket, rollups.c.region)
    old = select(*key).where(rollups.c.bucket < piece.before).order_by(rollups.c.bucket).limit(piece.limit)
    return connection.execute(delete(rollups).where(tuple_(*key).in_(old))).rowcount


replace, remove = one_by_one(_replace), one_by_one(_remove)


def find(connection: Connection, probe: str, start: datetime, end: datetime) -> list[Rollup]:
    inside = (rollups.c.probe == probe, rollups.c.bucket >= start, rollups.c.bucket < end)
    rows = connection.execute(select(rollups).where(*inside).order_by(rollups.c.bucket, rollups.c.region))
    return [_rollup(row) for row in rows]


def late_runs(connection: Connection, after: int, limit: int) -> list[tuple[int, str, datetime]]:
    """Arrival, probe and slot of runs that arrived after that one, in that order."""
    query = select(runs.c.arrival, runs.c.probe, runs.c.slot).where(runs.c.arrival > after)
    return [
        (row.arrival, row.probe, row.slot) for row in connection.execute(query.order_by(runs.c.arrival).limit(limit))
    ]


def _row(one: Rollup) -> dict[str, Any]:
    return {
        "probe": one.probe,
        "bucket": one.bucket,
        "region": one.region,
        **{outcome.value: one.count(outcome) for outcome in Outcome},
        "due": one.due,
        "planned": one.planned,
        "good": one.good,
        "bad": one.bad,
        "flaky": one.flaky,
        "cleanup_failed": one.cleanup_failed,
        "over_budget": one.over_budget,
        "budget": one.budget,
        "latency": one.latency,
    }


def _rollup(row: Row[Any]) -> Rollup:
    return Rollup(
        bucket=row.bucket,
        probe=row.probe,
        region=row.region,
        outcomes={outcome: number for outcome in Outcome if (number := row._mapping[outcome.value])},  # noqa: SLF001
        due=row.due,
        planned=row.planned,
        good=row.good,
        bad=row.bad,
        flaky=row.flaky,
        cleanup_failed=row.cleanup_failed,
        latency=row.latency,
        over_budget=row.over_budget,
        budget=row.budget,
    )
