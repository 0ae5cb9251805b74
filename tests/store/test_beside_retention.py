"""Whoever writes while old runs are removed waits for one piece of it at most, and on another replica for none."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

from synthmon.app import retention
from synthmon.app.retention import Retention
from synthmon.model.incident import Decision
from synthmon.settings import RetentionSettings
from synthmon.store.opening import open_store
from synthmon.store.sql import SqlStore
from tests.app.installation import until
from tests.store.values import DAY, at, run

PIECES = 3


@contextmanager
def told_of(what: str, hear: Callable[[int], None]) -> Iterator[None]:
    """`hear` is called with the count of rows after each statement that begins so, in the thread that executes it."""

    def executed(_connection: object, cursor: Any, statement: str, *_: object) -> None:
        if statement.startswith(what):
            hear(cursor.rowcount)

    event.listen(Engine, "after_cursor_execute", executed)
    try:
        yield
    finally:
        event.remove(Engine, "after_cursor_execute", executed)


def driver_of(store: SqlStore) -> sqlite3.Connection:
    """The connection that writes."""
    assert store._writer is not None
    assert store._writer._connection is not None
    driver = store._writer._connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


def with_old_runs(store: SqlStore) -> Retention:
    """More than fit into two pieces, all of them judged and rolled up."""
    store.keep([run(float(number)) for number in range(retention.PIECE * (PIECES - 1) + 1)])
    store.apply(Decision(store.gather(9999).watermark))
    store.note("rollups.until", at(9 * DAY.total_seconds()).isoformat())
    return Retention(store, lambda: RetentionSettings(runs=DAY), lambda: at(8 * DAY.total_seconds()))


def test_what_comes_while_a_piece_is_removed_is_kept_before_the_next_piece(in_file: SqlStore) -> None:
    removing, order = with_old_runs(in_file), list[str]()
    late = run(8 * DAY.total_seconds())
    writer = threading.Thread(target=in_file.keep, args=([late],))

    def removed(rows: int) -> None:
        order.append("piece")
        assert rows <= retention.PIECE
        if order == ["piece"]:
            writer.start()
            until(lambda: in_file._writer is not None and not in_file._writer._queue.empty())

    def traced(statement: str) -> None:
        if statement.startswith("INSERT OR FAIL INTO runs"):
            order.append("kept")

    driver_of(in_file).set_trace_callback(traced)  # runs are put by the driver alone
    with told_of("DELETE FROM runs", removed):
        assert removing.turn()
    writer.join()
    assert ["piece", "kept", *["piece"] * (PIECES - 1)] == [what for what in order if what][: PIECES + 1]
    assert [late.id] == [row.id for row in in_file.run_rows()]


def test_another_replica_keeps_runs_while_a_piece_is_being_removed(postgres_url: str) -> None:
    mine, theirs = open_store(postgres_url), open_store(postgres_url)
    late, kept = run(8 * DAY.total_seconds()), list[int]()

    def removed(_rows: int) -> None:
        if not kept:
            kept.append(theirs.keep([late]))  # the piece is not committed before this returns

    removing = with_old_runs(mine)
    with told_of("DELETE FROM runs", removed):
        assert removing.turn()
    assert [1] == kept
    assert [late.id] == [row.id for row in theirs.run_rows()]
    mine.close()
    theirs.close()
