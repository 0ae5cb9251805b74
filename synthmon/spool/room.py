"""Making room in a spool that is full: what matters least goes first, and whatever goes is counted.

What counts is the file: its pages in use, and the log beside it. First rows that are delivered go, then what the centre
refused, then the bodies of runs that passed, then the bodies of the others, at last outcomes; the
oldest first in each.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from synthmon.errors import MalformedDocument
from synthmon.spool.records import OVERHEAD, slimmed

_PIECE = 100  # rows looked at together
_PAGE = 4096  # bytes, of SQLite's pages
_LARGEST_LOG, _SMALLEST_LOG = 1000, 16  # pages
_INDEX = 32 << 10  # bytes of the file beside the log by which it is read
_GROWTH = 1.5  # a row takes its bytes, its share of pages that are not full, and its place in the index
_COLUMNS = "seq, size, body, run, slot, outcome, delivered_at"
DROPPED, SLIMMED = "dropped", "slimmed"


def bound_log(connection: sqlite3.Connection, limit: int) -> None:
    """Have the log written into the file before it is large, and cut off what one large transaction left.

    What is deleted is not overwritten first: results are redacted, and it would go through the log as well.
    """
    connection.execute("PRAGMA secure_delete=OFF")
    connection.execute(f"PRAGMA wal_autocheckpoint={_log_pages(limit)}")
    connection.execute(f"PRAGMA journal_size_limit={_log_pages(limit) * _PAGE}")


def _log_pages(limit: int) -> int:
    return max(_SMALLEST_LOG, min(_LARGEST_LOG, limit // 32 // _PAGE))


def used(connection: sqlite3.Connection) -> int:
    """Bytes of the file that hold something; the others are taken before it grows."""
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (free,) = connection.execute("PRAGMA freelist_count").fetchone()
    return int(pages - free) * _PAGE


def growth(sizes: Iterable[int]) -> int:
    """By how many bytes the file grows at most with rows of these sizes."""
    return int(_GROWTH * sum(-(-size // _PAGE) * _PAGE if size > _PAGE // 4 else size for size in sizes)) + 4 * _PAGE


def over(connection: sqlite3.Connection, limit: int, arriving: int) -> int:
    """By how many bytes it would be too large with what arrives.

    Of the limit the log may take a part, and as much again as one transaction writes: it is there as a whole first.
    """
    log = _log_pages(limit) * _PAGE
    return used(connection) + arriving - (limit - log - max(arriving, 2 * log) - _INDEX)


def slack(limit: int) -> int:
    """What is freed beyond what has to be, so that it need not be done for each result."""
    return limit // 64


def make_room(connection: sqlite3.Connection, limit: int, needed: int, mark: int) -> bool:
    """Free one piece of so many bytes, small enough for the log; whether there was anything to free."""
    piece = min(needed, _log_pages(limit) * _PAGE // 2)
    return any(
        way(connection, piece, mark) for way in (_forget_delivered, _forget_refused, _slim_good, _slim_others, _drop)
    )


def count(connection: sqlite3.Connection, name: str, by: int) -> None:
    connection.execute(
        "INSERT INTO notes VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = CAST(value AS INTEGER) + ?",
        (name, str(by), by),
    )


def _forget_delivered(connection: sqlite3.Connection, needed: int, mark: int) -> int:
    rows = connection.execute("SELECT seq, size FROM records WHERE seq <= ? ORDER BY seq LIMIT ?", (mark, _PIECE))
    return _delete(connection, _enough(rows.fetchall(), needed))


def _forget_refused(connection: sqlite3.Connection, _needed: int, _mark: int) -> int:
    """They were counted when they were refused."""
    wanted = "SELECT seq FROM refused ORDER BY seq LIMIT ?"
    return connection.execute(f"DELETE FROM refused WHERE seq IN ({wanted})", (_PIECE,)).rowcount  # noqa: S608


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
    wanted = f"SELECT {_COLUMNS} FROM records WHERE slim = 0 AND body IS NOT NULL AND seq > ? AND {which}"  # noqa: S608
    rows = connection.execute(f"{wanted} ORDER BY seq LIMIT ?", (mark, _PIECE)).fetchall()
    freed = done = 0
    for seq, size, body, *others in rows:
        if freed >= needed:
            break
        try:
            small = slimmed(body)
        except (MalformedDocument, AttributeError, TypeError):  # a damaged row; delivery will set it aside
            small = body
        # Changed in its place, a row leaves its page nearly empty, and no room is made by it.
        connection.execute("DELETE FROM records WHERE seq = ?", (seq,))
        connection.execute(
            f"INSERT INTO records ({_COLUMNS}, slim) VALUES (?, ?, ?, ?, ?, ?, ?, 1)",  # noqa: S608
            (seq, len(small) + OVERHEAD, small, *others),
        )
        freed += max(1, size - len(small) - OVERHEAD)
        done += 1
    if done:
        count(connection, SLIMMED, done)
    return freed
