"""What reports and pages ask of a large database is found by an index, and never by looking at every row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection

from synthmon.model.rollup import Grain
from synthmon.model.run import RunResult
from synthmon.store import health, reading, rolled
from synthmon.store.document import Dictionaries
from synthmon.store.retention import Piece
from synthmon.store.tables import metadata
from tests.store.values import MIDNIGHT

DAY = timedelta(days=1)
ALL = rolled.WhichRollups(MIDNIGHT, MIDNIGHT + 30 * DAY, None, Grain.TOTAL)


def plans(database: Path, ask: str) -> list[str]:
    """What SQLite says that it would do."""
    engine = create_engine(f"sqlite:///{database}")
    asked: list[tuple[str, object]] = []
    event.listen(
        engine, "before_cursor_execute", lambda _c, _cursor, sql, values, _ctx, _many: asked.append((sql, values))
    )
    with engine.connect() as connection:
        ASKED[ask](connection)
        queries = list(asked)
        raw = connection.connection
        cursor = raw.cursor()
        found = [row[3] for sql, values in queries for row in cursor.execute(f"EXPLAIN QUERY PLAN {sql}", values)]  # type: ignore[arg-type]
        cursor.close()
    engine.dispose()
    return found


def unread(run: str, _dictionary: int, _document: bytes) -> RunResult:
    raise AssertionError(f"{run}: nobody asked for it")


NO_DOCUMENTS = Dictionaries(lambda _: {}, lambda _: {}, lambda _: None)

ASKED: dict[str, Callable[[Connection], object]] = {
    "rollups of all probes": lambda connection: rolled.find(connection, ALL),
    "rollups of one probe": lambda connection: rolled.find(
        connection, rolled.WhichRollups(MIDNIGHT, MIDNIGHT + DAY, "probe-7", Grain.QUARTER)
    ),
    "what came late": lambda connection: rolled.late_runs(connection, 7, 5000),
    "runs of a probe": lambda connection: reading.run_rows(
        connection, reading.Which("probe-7", None, MIDNIGHT, MIDNIGHT + DAY), None, newest_first=False
    ),
    "the last runs of a probe": lambda connection: reading.run_rows(
        connection, reading.Which("probe-7"), 30, newest_first=True
    ),
    "missed slots of a probe": lambda connection: reading.missed_slots(connection, MIDNIGHT, MIDNIGHT + DAY, "probe-7"),
    "a run by its id": lambda connection: reading.run(
        connection, NO_DOCUMENTS, "00000000-0000-8000-8000-000000000000", MIDNIGHT
    ),
    "what the judge has not seen": lambda connection: reading.gather(connection, unread, 500, states=True),
    "changes of health of a probe": lambda connection: health.changes_of_health(
        connection, MIDNIGHT, MIDNIGHT + DAY, "probe-7"
    ),
    "changes of health of all probes": lambda connection: health.changes_of_health(
        connection, MIDNIGHT, MIDNIGHT + DAY, None
    ),
    "changes of health to forget": lambda connection: health.forget(connection, [Piece(MIDNIGHT, 100)]),
}


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        ("rollups of all probes", "ix_rollup_totals_bucket"),
        ("rollups of one probe", "sqlite_autoindex_rollups_1"),
        ("what came late", "ix_runs_arrival"),
        ("runs of a probe", "ix_runs_probe"),
        ("the last runs of a probe", "ix_runs_probe"),
        ("missed slots of a probe", "sqlite_autoindex_missed_1"),
        ("a run by its id", "sqlite_autoindex_runs_1"),
        ("what the judge has not seen", "ix_runs_arrival"),
        ("changes of health of a probe", "ix_health_changes_probe"),
        ("changes of health of all probes", "ix_health_changes_probe"),
        ("changes of health to forget", "ix_health_changes_at"),
    ],
)
def test_it_is_found_by_an_index(database: Path, ask: str, index: str) -> None:
    told = plans(database, ask)
    assert told
    assert not [line for line in told if line.startswith("SCAN") and line.split()[1] in metadata.tables]
    assert [line for line in told if line.startswith("SEARCH") and index in line], told
