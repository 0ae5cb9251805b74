"""Runs put into SQLite: numbered, inserted many to a statement, missed slots forgotten; by the driver alone.

SQLAlchemy makes what its driver is handed anew for every row, by the statement, and looks at what comes back; both take
longer than SQLite does to keep them. What a column's values become follows from the table. Many rows are one statement:
with each, Python's sqlite3 lets other threads run, and beside two busy ones it then waits five milliseconds until it
may go on.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Boolean, TypeDecorator
from sqlalchemy.engine import Connection
from sqlalchemy.schema import Column

from synthmon.errors import StoreError
from synthmon.model.run import RunKind, to_millis
from synthmon.store.tables import runs
from synthmon.store.types import Clean, Identity, Instant, Word

# Two statements, as what returns something makes a table of its own for it, every time. No other writes in between: the
# transaction was begun as one that does (`connections`).
_LAST = "SELECT value FROM counters WHERE name = 'arrival'"
_TAKE = "UPDATE counters SET value = ? WHERE name = 'arrival'"
_NEW = "SELECT id FROM runs WHERE arrival > ?"
_FORGET = """
DELETE FROM missed WHERE slot BETWEEN ? AND ? AND EXISTS (
  SELECT 1 FROM runs WHERE runs.probe = missed.probe AND runs.region = missed.region AND runs.slot = missed.slot
  AND runs.kind = 'scheduled')"""
# By the range of slots rather than run by run: there is hardly ever a missed slot to find.

_TOGETHER = (64, 16, 4, 1)  # rows; few sizes, as sqlite3 remembers a hundred statements that it has taken apart


def put(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """The ids of those that were not there yet. Inside a transaction, which ends as ever."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    assert connection.in_transaction(), "who has not begun one would not commit it either"
    last = _numbered(driver, len(rows))
    new = _inserted(driver, rows, last)
    slots = [row["slot"] for row in rows if row["id"] in new and row["kind"] is RunKind.SCHEDULED]
    if slots:
        driver.execute(_FORGET, (to_millis(min(slots)), to_millis(max(slots))))
    return new


def _numbered(driver: sqlite3.Connection, count: int) -> int:
    """The number before the first of so many."""
    counted = driver.execute(_LAST).fetchone()
    if counted is None:
        raise StoreError("nothing counts the runs any more: the row `arrival` of `counters` is gone")
    last = int(counted[0])
    driver.execute(_TAKE, (last + count,))
    return last


def _inserted(driver: sqlite3.Connection, rows: Sequence[Mapping[str, Any]], last: int) -> set[str]:
    values = _values(rows, last + 1)
    new, start, end = 0, 0, len(values)
    for size in _TOGETHER:
        width = size * _WIDTH
        while start + width <= end:
            new += driver.execute(_inserting(size), values[start : start + width]).rowcount
            start += width
    if new == len(rows):  # as nearly always
        return {row["id"] for row in rows}
    return {str(UUID(bytes=identity)) for (identity,) in driver.execute(_NEW, (last,))}


def _written(column: Column[Any]) -> str:
    """What makes the driver's value of a row's. A column of another type has to be given a place here."""
    value, kind = f"row[{column.name!r}]", column.type
    match kind:
        case Instant():
            return f"millis({value})"
        case Identity():
            return f"fromhex({value}.replace('-', ''))"
        case Word():
            return f"word({value})"
        case Clean():
            return f"clean({value})"
        case Boolean():
            return f"int({value})"  # of what is not exactly a number sqlite3 asks five things, which takes microseconds
    assert not isinstance(kind, TypeDecorator), f"{column.name}: nothing is known of {kind!r}"
    return value


def _clean(value: str | None) -> str | None:
    """As `Clean` does, and at once what is so already."""
    if value is None or (value.isascii() and "\0" not in value):
        return value
    return _CLEAN.process_bind_param(value, _ANY)


def _writer() -> Callable[[Sequence[Mapping[str, Any]], int], list[Any]]:
    """What the driver is handed of rows, one behind the other; they are numbered from there on.

    Written as text, as a list of functions for each column takes more than twice as long.
    """
    values = ", ".join(_written(column) for column in _COLUMNS)
    text = f"lambda rows, first: [x for n, row in enumerate(rows, first) for x in (n, {values})]"
    given = {"millis": to_millis, "fromhex": bytes.fromhex, "word": str.__str__, "clean": _clean}
    write: Callable[[Sequence[Mapping[str, Any]], int], list[Any]] = eval(text, given)  # noqa: S307 - names of ours
    return write


_CLEAN, _ANY = Clean(), cast("Any", None)  # such text is the same for every database
_COLUMNS = [column for column in runs.c if column.name != "arrival"]
_WIDTH = 1 + len(_COLUMNS)
_values = _writer()


@cache
def _inserting(size: int) -> str:
    """The statement for so many rows; what is already there stays as it is.

    A row that may not be ends the statement with those before it done, and the transaction is undone by who began it.
    Were the statement alone to be undone, as is usual, SQLite would write all pages that it changes into a temporary
    file first.
    """
    names = ", ".join(("arrival", *(column.name for column in _COLUMNS)))
    places = f"({', '.join('?' * _WIDTH)})"
    return f"INSERT OR FAIL INTO runs ({names}) VALUES {', '.join([places] * size)} ON CONFLICT DO NOTHING"  # noqa: S608 - names of ours
