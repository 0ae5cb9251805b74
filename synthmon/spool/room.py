"""Making room in a spool that is full: what matters least goes first, and whatever goes is counted.

First rows that are delivered, then the bodies of runs that passed, then the bodies of the others, at last outcomes; the
oldest first in each.
"""

from __future__ import annotations

import sqlite3

from synthmon.errors import MalformedDocument
from synthmon.spool.records import OVERHEAD, slimmed

_PIECE = 100  # rows looked at together
DROPPED, SLIMMED = "dropped", "slimmed"


def make_room(connection: sqlite3.Connection, needed: int, mark: int) -> int:
    """Free at least so many bytes, as far as there is anything left; how many were freed."""
    freed = 0
    for way in (_forget_delivered, _slim_good, _slim_others, _drop):
        while freed < needed and (more := way(connection, needed - freed, mark)):
            freed += more
    return freed


def count(connection: sqlite3.Connection, name: str, by: int) -> None:
    connection.execute(
        "INSERT INTO notes VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = CAST(value AS INTEGER) + ?",
        (name, str(by), by),
    )


def _forget_delivered(connection: sqlite3.Connection, needed: int, mark: int) -> int:
    rows = connection.execute("SELECT seq, size FROM records WHERE seq <= ? ORDER BY seq LIMIT ?", (mark, _PIECE))
    return _delete(connection, _enough(rows.fetchall(), needed))


def _drop(connection: sqlite3.Connection, needed: int, mark: int) -> int:
    rows = connection.execute("SELECT seq, size FROM records WHERE seq > ? ORDER BY seq LIMIT ?", (mark, _PIECE))
    gone = _enough(rows.fetchall(), needed)
    if gone:
        count(connection, DROPPED, len(gone))
    return _delete(connection, gone)


def _enough(rows: list[tuple[int, int]], needed: int) -> list[tuple[int, int]]:
    """The first of them that together are large enough."""
    taken: list[tuple[int, int]] = []
    for row in rows:
        if needed <= 0:
            break
        taken.append(row)
        needed -= row[1]
    return taken


def _delete(connection: sqlite3.Connection, rows: list[tuple[int, int]]) -> int:
    connection.executemany("DELETE FROM records WHERE seq = ?", [(seq,) for seq, _ in rows])
    return sum(size for _, size in rows)


def _slim_good(connection: sqlite3.Connection, needed: int, mark: int) -> int:
    return _slim(connection, "outcome IN ('passed', 'skipped')", needed, mark)


def _slim_others(connection: sqlite3.Connection, needed: int, mark: int) -> int:
    return _slim(connection, "outcome NOT IN ('passed', 'skipped')", needed, mark)


def _slim(connection: sqlite3.Connection, which: str, needed: int, mark: int) -> int:
    """Take their bodies away; 1 byte at least for each row looked at, so that all are looked at once."""
    wanted = f"SELECT seq, size, body FROM records WHERE slim = 0 AND body IS NOT NULL AND seq > ? AND {which}"  # noqa: S608
    rows = connection.execute(f"{wanted} ORDER BY seq LIMIT ?", (mark, _PIECE)).fetchall()
    freed = done = 0
    for seq, size, body in rows:
        if freed >= needed:
            break
        try:
            small = slimmed(body)
        except (MalformedDocument, AttributeError, TypeError):  # a damaged row; delivery will set it aside
            small = body
        connection.execute(
            "UPDATE records SET body = ?, size = ?, slim = 1 WHERE seq = ?", (small, len(small) + OVERHEAD, seq)
        )
        freed += max(1, size - len(small) - OVERHEAD)
        done += 1
    if done:
        count(connection, SLIMMED, done)
    return freed
