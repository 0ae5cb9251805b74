"""The months of `runs` on PostgreSQL: each is a table of its own, made ahead, and dropped whole when its time is over.

There is no partition for "everything else": it would have to be searched, and locked, whenever a month is made. A
month that is wanted and not there, because an old run arrives late, is made when it is wanted. The functions that do it
belong to the role that owns the tables and run as it, so that the role which writes can neither alter nor drop anything
else. On SQLite `runs` is one table, and all of this does nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime

from sqlalchemy import text
from sqlalchemy.engine import Connection

from synthmon.store.inserts import is_postgres

AHEAD = 2  # months behind the current one that are ready
_NAME = re.compile(r"runs_(\d{4})_(\d{2})\Z")


def month_of(instant: datetime) -> date:
    """The first day of its month, in UTC."""
    return instant.astimezone(UTC).date().replace(day=1)


def months_of(instants: Sequence[datetime]) -> frozenset[date]:
    """Those in which the instants lie, of which there is hardly ever more than one."""
    if not instants:
        return frozenset()
    first, last = month_of(min(instants)), month_of(max(instants))
    return frozenset((first,)) if first == last else frozenset(map(month_of, instants))


def next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def name_of(month: date) -> str:
    return f"runs_{month:%Y_%m}"


def is_partition(name: str | None, kind: str = "table") -> bool:
    """Whether a table of the database is a month of `runs`, which `tables.metadata` does not know."""
    return kind == "table" and name is not None and _NAME.match(name) is not None


def existing(connection: Connection) -> list[date]:
    """The months that there are, ascending."""
    if not is_postgres(connection):
        return []
    query = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'runs'::regclass"
    found = (_NAME.search(name.strip('"')) for name in connection.scalars(text(query)))
    return sorted(date(int(month[1]), int(month[2]), 1) for month in found if month)


def make(connection: Connection, months: Iterable[date]) -> list[date]:
    """Make those that are not there; which were made."""
    return [month for month in sorted(set(months)) if is_postgres(connection) and _do(connection, "make", month)]


def make_each(connection: Connection, wanted: Sequence[Iterable[date]]) -> list[list[date]]:
    """The same, as work of the writer."""
    return [make(connection, months) for months in wanted]


def make_ahead(connection: Connection, now: datetime | None = None) -> list[date]:
    """Make the month of `now` (the server's, unless it is said) and those behind it; which were made."""
    if not is_postgres(connection):
        return []
    months = [month_of(now or connection.scalar(text("SELECT now()")) or datetime.min.replace(tzinfo=UTC))]
    while len(months) <= AHEAD:
        months.append(next_month(months[-1]))
    return make(connection, months)


def drop_before(connection: Connection, end: datetime) -> list[date]:
    """Drop the months that ended by then; which were dropped. They take no row by row, and leave no room unused."""
    over = [month for month in existing(connection) if next_month(month) <= month_of(end)]
    return [month for month in over if _do(connection, "drop", month)]


def _do(connection: Connection, what: str, month: date) -> bool:
    return bool(connection.scalar(text(f"SELECT synthmon_{what}_partition(:month)"), {"month": month}))
