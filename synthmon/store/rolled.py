"""Rollups as rows: those of a stretch of time are replaced together, so that they can be counted again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    LargeBinary,
    Row,
    Text,
    delete,
    func,
    insert,
    select,
    tuple_,
    type_coerce,
)
from sqlalchemy.engine import Connection
from sqlalchemy.types import TypeEngine

from synthmon.model.rollup import Grain, Rolled, Rollup, Unread
from synthmon.model.run import Outcome
from synthmon.nouns import dataclass
from synthmon.store import abreast
from synthmon.store.figured import rollup_of
from synthmon.store.retention import Piece
from synthmon.store.tables import DETAILS, LATENCIES, rollups, runs
from synthmon.store.writer import one_by_one

_FINE = (Grain.QUARTER, Grain.HOUR)  # their rows are of all regions


@dataclass(frozen=True, slots=True)
class Replacement:
    """What is to stand in the place of all rollups of the probe in these stretches, of several grains."""

    probe: str
    stretches: tuple[Rolled, ...]


@dataclass(frozen=True, slots=True)
class WhichRollups:
    """Those of one grain that begin in [start, end), of one probe or of all."""

    start: datetime
    end: datetime
    probe: str | None = None
    grain: Grain = Grain.QUARTER

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        table = rollups[self.grain].c
        mine = [] if self.probe is None else [table.probe == self.probe]
        return [*mine, table.bucket >= self.start, table.bucket < self.end]


def _replace(connection: Connection, replacement: Replacement) -> None:
    for stretch in replacement.stretches:
        table = rollups[stretch.grain]
        which = WhichRollups(stretch.start, stretch.end, replacement.probe, stretch.grain)
        connection.execute(delete(table).where(*which.conditions))
        if stretch.rollups:
            made = _abreast if stretch.grain in _FINE else _apart
            connection.execute(insert(table), made(stretch.rollups))


def _remove(connection: Connection, piece: Piece) -> int:
    """The finest first, at most so many in all."""
    removed = 0
    for table in rollups.values():
        key = tuple(table.primary_key.columns)
        old = select(*key).where(table.c.bucket < piece.before).order_by(table.c.bucket).limit(piece.limit - removed)
        removed += connection.execute(delete(table).where(tuple_(*key).in_(old))).rowcount
    return removed


def _remove_days(connection: Connection, _: None) -> None:
    for grain in (Grain.DAY, Grain.TOTAL):
        connection.execute(delete(rollups[grain]))


replace, remove, remove_days = one_by_one(_replace), one_by_one(_remove), one_by_one(_remove_days)


def find(connection: Connection, which: WhichRollups) -> list[Rollup]:
    """A report reads tens of thousands: their columns are taken as they are, and documents are left unopened."""
    if which.grain in _FINE:
        return _find_abreast(connection, which)
    table = rollups[which.grain]
    order = (table.c.probe, table.c.bucket, table.c.region)
    plain = [type_coerce(column, _PLAIN[column.name]) if column.name in _PLAIN else column for column in table.c]
    return [_rollup(row) for row in connection.execute(select(*plain).where(*which.conditions).order_by(*order))]


def _find_abreast(connection: Connection, which: WhichRollups) -> list[Rollup]:
    table = rollups[which.grain].c
    plain = (type_coerce(table.probe, Text()), type_coerce(table.bucket, BigInteger()), table.document)
    query = select(*plain).where(*which.conditions).order_by(table.probe, table.bucket)
    return [one for row in connection.execute(query) for one in abreast.unpack(*row)]


def arrived(connection: Connection) -> int:
    """The number of the last run; 0 before the first."""
    return connection.scalar(select(func.max(runs.c.arrival))) or 0


def late_probes(
    connection: Connection, after: int, start: datetime, end: datetime
) -> list[tuple[str, datetime, datetime]]:
    """First and last slot, by probe, of runs that arrived after that one with slots in [start, end)."""
    late = (runs.c.arrival > after, runs.c.slot >= start, runs.c.slot < end)
    query = select(runs.c.probe, func.min(runs.c.slot), func.max(runs.c.slot)).where(*late).group_by(runs.c.probe)
    return [(probe, first, last) for probe, first, last in connection.execute(query.order_by(runs.c.probe))]


def late_runs(connection: Connection, after: int, limit: int) -> list[tuple[int, str, datetime]]:
    """Arrival, probe and slot of runs that arrived after that one, in that order."""
    query = select(runs.c.arrival, runs.c.probe, runs.c.slot).where(runs.c.arrival > after)
    return [
        (row.arrival, row.probe, row.slot) for row in connection.execute(query.order_by(runs.c.arrival).limit(limit))
    ]


def _abreast(found: Sequence[Rollup]) -> list[dict[str, Any]]:
    """A row for those that begin together."""
    together: dict[tuple[str, datetime], list[Rollup]] = {}
    for one in found:
        together.setdefault((one.probe, one.bucket), []).append(one)
    return [
        {"probe": probe, "bucket": bucket, "document": abreast.pack(each)} for (probe, bucket), each in together.items()
    ]


def _apart(found: Sequence[Rollup]) -> list[dict[str, Any]]:
    return [_row(one) for one in found]


def _row(one: Rollup) -> dict[str, Any]:
    return {
        "probe": one.probe,
        "bucket": one.bucket,
        "region": one.region,
        "until": one.end,
        **{outcome.value: one.count(outcome) for outcome in Outcome},
        "due": one.due,
        "planned": one.planned,
        "good": one.good,
        "bad": one.bad,
        "flaky": one.flaky,
        "cleanup_failed": one.cleanup_failed,
        "over_budget": one.over_budget,
        "budget": one.budget,
        "last": one.last,
        "judged": one.judged,
        "latency": one.latency,
        "detail": one.detail,
    }


_PLAIN: dict[str, TypeEngine[Any]] = {
    **dict.fromkeys(("bucket", "until", "last", "judged"), BigInteger()),
    **dict.fromkeys(("latency", "detail"), LargeBinary()),
    **dict.fromkeys(("probe", "region"), Text()),
}


def _rollup(row: Row[Any]) -> Rollup:
    values: Sequence[Any] = row
    probe, bucket, region, *figures, latency, detail = values
    journeys, told = Unread(LATENCIES.open, latency), Unread(DETAILS.open, detail)
    return rollup_of(probe, bucket, region, figures, 0, journeys, told)
