"""What was believed of probes and when, found by the index however long the history is, and what of it is forgotten."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, delete, func, literal, or_, select, union_all
from sqlalchemy.engine import Connection

from synthmon.model.incident import HealthChange
from synthmon.store.retention import Piece
from synthmon.store.tables import health_changes
from synthmon.store.writer import one_by_one

_T = health_changes.c
_AT_ONCE = 500
# As the index is, from its end: PostgreSQL does not see by itself that a region that is NULL is always the same.
_NEWEST = (_T.region.desc(), _T.at.desc(), _T.number.desc())


def changes_of_health(connection: Connection, start: datetime, end: datetime, probe: str | None) -> list[HealthChange]:
    """Those within [start, end), and in front of them the last one before `start` of each (probe, region)."""
    mine = [] if probe is None else [_T.probe == probe]
    within = select(health_changes).where(_T.at >= start, _T.at < end, *mine).order_by(_T.at, _T.number)
    # By the numbers themselves: PostgreSQL takes a subquery of them for half of the table, and reads all of it.
    numbers = connection.scalars(_last_before(start, probe)).all()
    parts = (numbers[at : at + _AT_ONCE] for at in range(0, len(numbers), _AT_ONCE))
    last = [row for part in parts for row in connection.execute(_numbered(part))]
    last.sort(key=lambda row: (row.at, row.number))
    return [
        HealthChange(row.probe, row.region, row.at, row.health, row.reason)
        for row in (*last, *connection.execute(within))
    ]


def _numbered(numbers: Sequence[int]) -> Select[Any]:
    return select(health_changes).where(_T.number.in_(numbers))


def _last_before(start: datetime, probe: str | None) -> Select[Any]:
    """The number of the last change of each (probe, region), looked up by the index from name to name."""
    probes = _probes(probe)
    there = _regions(probes)
    of_region = _newest(_T.probe == there.c.probe, _T.region == there.c.region, _T.at < start, of=there)
    of_all = _newest(_T.probe == probes.c.probe, _T.region.is_(None), _T.at < start, of=probes)
    found = union_all(
        select(of_region.label("number")).where(there.c.region.is_not(None)),
        select(of_all.label("number")).where(probes.c.probe.is_not(None)),
    ).subquery()
    return select(found.c.number).where(found.c.number.is_not(None))


def _newest(*where: Any, of: Any) -> Any:
    return select(_T.number).where(*where).order_by(*_NEWEST).limit(1).correlate(of).scalar_subquery()


def _probes(probe: str | None) -> Any:
    """Each name once, and at the end none: the next one is the smallest after the one before."""
    if probe is not None:
        return select(literal(probe, _T.probe.type).label("probe")).cte("probes")
    names = select(func.min(_T.probe).label("probe")).cte("probes", recursive=True)
    following = select(func.min(_T.probe)).where(_T.probe > names.c.probe).correlate(names).scalar_subquery()
    return names.union_all(select(following).where(names.c.probe.is_not(None)))


def _regions(probes: Any) -> Any:
    """Each region of each of these probes once, in the same way."""
    of_probe = (_T.probe == probes.c.probe, _T.region.is_not(None))
    first = select(func.min(_T.region)).where(*of_probe).correlate(probes).scalar_subquery()
    there = (
        select(probes.c.probe, first.label("region")).where(probes.c.probe.is_not(None)).cte("regions", recursive=True)
    )
    after = (_T.probe == there.c.probe, _T.region > there.c.region)
    following = select(func.min(_T.region)).where(*after).correlate(there).scalar_subquery()
    return there.union_all(select(there.c.probe, following).where(there.c.region.is_not(None)))


def _forget(connection: Connection, piece: Piece) -> int:
    """The oldest of those that are followed by another one that is old enough: the last one says what was believed."""
    later = health_changes.alias("later")
    follows = (
        later.c.probe == _T.probe,
        later.c.at < piece.before,
        or_(later.c.at > _T.at, and_(later.c.at == _T.at, later.c.number > _T.number)),
    )
    followed = or_(
        and_(_T.region.is_not(None), _any(later, later.c.region == _T.region, *follows)),
        and_(_T.region.is_(None), _any(later, later.c.region.is_(None), *follows)),
    )
    old = select(_T.number).where(_T.at < piece.before, followed).order_by(_T.at, _T.number).limit(piece.limit)
    numbers = connection.scalars(old).all()
    return connection.execute(delete(health_changes).where(_T.number.in_(numbers))).rowcount if numbers else 0


def _any(later: Any, *where: Iterable[Any]) -> Any:
    return select(later.c.number).where(*where).correlate(health_changes).exists()  # type: ignore[arg-type]


forget = one_by_one(_forget)
