"""Questions about runs, missed slots, beliefs and incidents, each asked of one state of the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Row, Select, func, literal, or_, select, tuple_
from sqlalchemy.engine import Connection

from synthmon.errors import MalformedDocument
from synthmon.events import Events
from synthmon.model.history import MissedSlot, RunRow
from synthmon.model.incident import Incident, IncidentEvent, IncidentStatus, RegionState
from synthmon.model.run import Outcome, RunKind, RunResult
from synthmon.nouns import dataclass
from synthmon.store.document import Dictionaries
from synthmon.store.interface import EVERY, Gathered, IncidentPlace, Only, Unjudged
from synthmon.store.keeping import JUDGE
from synthmon.store.tables import incident_events, incidents, judge, missed, region_states, runs

_log = Events()

_ORDER = (runs.c.slot, runs.c.probe, runs.c.region, runs.c.kind, runs.c.n)
_COLUMNS = (
    runs.c.id,
    runs.c.probe,
    runs.c.region,
    runs.c.slot,
    runs.c.kind,
    runs.c.n,
    runs.c.outcome,
    runs.c.started_at,
    runs.c.duration,
    runs.c.latency,
    runs.c.failed_step,
    runs.c.failure_kind,
    runs.c.message,
    runs.c.flaky,
    runs.c.late,
    runs.c.cleanup_failed,
    runs.c.suspect,
)
_WHOLE = (*_ORDER, runs.c.id, runs.c.arrival, runs.c.dictionary, runs.c.document)

_TO_JUDGE = (runs.c.arrival, runs.c.probe, runs.c.id, runs.c.dictionary, runs.c.document)

AnyRow = Row[Any]
_AT_ONCE = 500  # names in one query


@dataclass(frozen=True, slots=True)
class Which:
    """Which runs are asked for: start <= slot < end, and behind a place where they are listed in that order."""

    probe: str | None = None
    region: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    only: Only = EVERY
    newest_first: bool = True

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.probe is not None:
            found.append(runs.c.probe == self.probe)
        if self.region is not None:
            found.append(runs.c.region == self.region)
        if self.start is not None:
            found.append(runs.c.slot >= self.start)
        if self.end is not None:
            found.append(runs.c.slot < self.end)
        if self.only.outcomes:
            found.append(runs.c.outcome.in_(self.only.outcomes))
        if self.only.kinds:
            found.append(runs.c.kind.in_(self.only.kinds))
        if self.only.behind is not None:
            found.extend(_behind(_ORDER, self.only.behind, newest_first=self.newest_first))
        return found


def _behind(
    order: Sequence[Column[Any]], values: Sequence[Any], *, newest_first: bool
) -> Sequence[ColumnElement[bool]]:
    """What comes after a place; the first column is named alone too, so that an index on it is used."""
    first, wanted = order[0], literal(values[0], order[0].type)
    place = tuple_(*(literal(value, column.type) for column, value in zip(order, values, strict=True)))
    if newest_first:
        return (first <= wanted, tuple_(*order) < place)
    return (first >= wanted, tuple_(*order) > place)


def run(connection: Connection, documents: Dictionaries, run_id: str, slot: datetime) -> RunResult | None:
    """`slot` is the one in the id: there is no index of ids alone, as it would be written to everywhere."""
    row = connection.execute(select(*_WHOLE).where(runs.c.slot == slot, runs.c.id == run_id)).one_or_none()
    return None if row is None else documents.unpack(row.dictionary, row.document)


def whole_rows(connection: Connection, which: Which, after: AnyRow | None, limit: int) -> Sequence[AnyRow]:
    """The next piece of runs with their documents, behind the row `after`."""
    query: Select[Any] = select(*_WHOLE).where(*which.conditions).order_by(*_ORDER).limit(limit)
    if after is not None:
        place = tuple_(*(literal(getattr(after, column.name), column.type) for column in _ORDER))
        query = query.where(runs.c.slot >= after.slot, tuple_(*_ORDER) > place)
    return connection.execute(query).all()


def readable(documents: Dictionaries, rows: Sequence[AnyRow]) -> list[RunResult]:
    """The results of the rows. One that cannot be read keeps none of the others back; the log names the first."""
    return _readable(lambda _, number, document: documents.unpack(number, document), rows)


def _readable(unpack: Unpack, rows: Sequence[AnyRow]) -> list[RunResult]:
    results, unreadable = [], []
    for row in rows:
        try:
            results.append(unpack(row.id, row.dictionary, row.document))
        except MalformedDocument as error:
            unreadable.append((row.id, str(error)))
    if unreadable:
        (first, why), count = unreadable[0], len(unreadable)
        _log.error("run.unreadable", count=count, run=first, why=why)
    return results


def run_rows(connection: Connection, which: Which, limit: int | None, *, newest_first: bool) -> list[RunRow]:
    order = [column.desc() if newest_first else column.asc() for column in _ORDER]
    query = select(*_COLUMNS).where(*which.conditions).order_by(*order).limit(limit)
    return [RunRow(**row) for row in connection.execute(query).mappings()]


def run_keys(connection: Connection, which: Which) -> list[datetime]:
    query = select(runs.c.slot).where(*which.conditions, runs.c.kind == RunKind.SCHEDULED).order_by(runs.c.slot)
    return list(connection.scalars(query))


def kept_slots(connection: Connection, which: Which) -> set[tuple[str, str, datetime]]:
    query = select(runs.c.probe, runs.c.region, runs.c.slot).where(*which.conditions, runs.c.kind == RunKind.SCHEDULED)
    return {(probe, region, slot) for probe, region, slot in connection.execute(query)}


def last_good_run(connection: Connection, which: Which) -> RunRow | None:
    good = runs.c.outcome.in_([outcome for outcome in Outcome if outcome.good])
    order = [column.desc() for column in _ORDER]
    query = select(*_COLUMNS).where(*which.conditions, good).order_by(*order).limit(1)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else RunRow(**row)


def missed_slots(connection: Connection, start: datetime, end: datetime, probe: str | None) -> list[MissedSlot]:
    query = select(missed).where(missed.c.slot >= start, missed.c.slot < end)
    if probe is not None:
        query = query.where(missed.c.probe == probe)
    rows = connection.execute(query.order_by(missed.c.slot, missed.c.probe, missed.c.region))
    return [MissedSlot(row.probe, row.region, row.slot, row.reason) for row in rows]


def missed_by_reason(connection: Connection, start: datetime, end: datetime) -> dict[str, int]:
    query = select(missed.c.reason, func.count().label("number")).where(missed.c.slot >= start, missed.c.slot < end)
    return {row.reason: row.number for row in connection.execute(query.group_by(missed.c.reason))}


Unpack = Callable[[str, int, bytes], RunResult]
"""From a run's id, the number of its dictionary and its document to the result; raises `MalformedDocument`."""


def gather(connection: Connection, unpack: Unpack, limit: int, *, states: bool) -> Gathered:
    mark = _watermark(connection)
    query = select(*_TO_JUDGE).where(runs.c.arrival > mark).order_by(runs.c.arrival).limit(limit)
    rows: list[AnyRow] = list(connection.execute(query))
    probes = sorted({row.probe for row in rows})
    return Gathered(
        watermark=rows[-1].arrival if rows else mark,
        runs=tuple(_readable(unpack, rows)),
        states=tuple(_states_of(connection, probes)) if states else (),
        incidents=tuple(_of_interest(connection, probes)) if probes else (),
    )


def unjudged(connection: Connection, most: int) -> Unjudged:
    mark = _watermark(connection)
    some = select(runs.c.arrival).where(runs.c.arrival > mark).limit(most).subquery()
    return Unjudged(mark, connection.scalar(select(func.count()).select_from(some)) or 0)


def _watermark(connection: Connection) -> int:
    return connection.scalar(select(judge.c.watermark).where(judge.c.name == JUDGE)) or 0


def _states_of(connection: Connection, probes: Sequence[str]) -> Iterator[RegionState]:
    for piece in range(0, len(probes), _AT_ONCE):
        named = region_states.c.probe.in_(probes[piece : piece + _AT_ONCE])
        query = select(region_states.c.document).where(named).order_by(region_states.c.probe, region_states.c.region)
        yield from connection.scalars(query)


def states(connection: Connection, probe: str | None) -> list[RegionState]:
    query = select(region_states.c.document).order_by(region_states.c.probe, region_states.c.region)
    if probe is not None:
        query = query.where(region_states.c.probe == probe)
    return list(connection.scalars(query))


def _of_interest(connection: Connection, probes: Sequence[str]) -> list[Incident]:
    """The current incidents of the probes and, per (probe, track), the latest resolved one; newest first."""
    resolved = incidents.c.status == IncidentStatus.RESOLVED
    rank = func.row_number().over(
        partition_by=(incidents.c.probe, incidents.c.track, resolved), order_by=_newest_incident()
    )
    ranked = select(incidents, rank.label("rank")).where(incidents.c.probe.in_(probes)).subquery()
    query = (
        select(ranked.c.document)
        .where(or_(ranked.c.status != IncidentStatus.RESOLVED, ranked.c.rank == 1))
        .order_by(ranked.c.opened_at.desc(), ranked.c.generation.desc(), ranked.c.id.desc())
    )
    return list(connection.scalars(query))


def _newest_incident() -> list[ColumnElement[object]]:
    return [incidents.c.opened_at.desc(), incidents.c.generation.desc(), incidents.c.id.desc()]


@dataclass(frozen=True, slots=True)
class WhichIncidents:
    probe: str | None = None
    current: bool | None = None
    start: datetime | None = None
    end: datetime | None = None
    behind: IncidentPlace | None = None

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.probe is not None:
            found.append(incidents.c.probe == self.probe)
        if self.current is not None:
            resolved = incidents.c.status == IncidentStatus.RESOLVED
            found.append(~resolved if self.current else resolved)
        if self.start is not None:
            found.append(or_(incidents.c.resolved_at.is_(None), incidents.c.resolved_at > self.start))
        if self.end is not None:
            found.append(incidents.c.began_at < self.end)
        if self.behind is not None:
            order = (incidents.c.opened_at, incidents.c.generation, incidents.c.id)
            found.extend(_behind(order, self.behind, newest_first=True))
        return found


def find_incidents(connection: Connection, which: WhichIncidents, limit: int | None) -> list[Incident]:
    query = select(incidents.c.document).where(*which.conditions).order_by(*_newest_incident()).limit(limit)
    return list(connection.scalars(query))


def events(connection: Connection, incident_id: str) -> list[IncidentEvent]:
    table = incident_events.c
    query = select(incident_events).where(table.incident_id == incident_id).order_by(table.at, table.number)
    return [IncidentEvent(row.incident_id, row.at, row.what, row.text, row.actor) for row in connection.execute(query)]


def events_between(connection: Connection, start: datetime, end: datetime, what: str) -> list[IncidentEvent]:
    table = incident_events.c
    inside = (table.at >= start, table.at < end, table.what == what)
    query = select(incident_events).where(*inside).order_by(table.at, table.number)
    return [IncidentEvent(row.incident_id, row.at, row.what, row.text, row.actor) for row in connection.execute(query)]
