"""From a SQLite file to PostgreSQL: everything goes over and is the same there, or nothing does."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from synthmon.errors import ConfigurationError, SchemaOutdated, StoreError
from synthmon.model.agent import AgentToken, Consigned, Consignment
from synthmon.model.incident import Decision, Health, IncidentEvent
from synthmon.model.run import Outcome, RunKind
from synthmon.store import copying, migrate
from synthmon.store.opening import open_store
from synthmon.store.sql import SqlStore
from tests.store.conftest import Opener
from tests.store.values import DAY, MIDNIGHT, at, change, incident, missed, owed, run, state, version


def _quiet(_table: str, _rows: int) -> None:
    """Nobody looks."""


@pytest.fixture
def history(database: Path) -> Path:
    """Three months of an installation that has seen something."""
    store = open_store(database)
    for day in range(0, 75, 5):
        store.keep([run(day * 86400 + minute * 60, region=region) for minute in range(20) for region in ("eu", "us")])
    store.keep([run(30, outcome=Outcome.FAILED), run(31, kind=RunKind.CONFIRM, n=1)])
    store.note_missed([missed(7), missed(8, region="us")])
    opened, ended = incident(0), incident(-900, probe="login", resolved=-800)
    events = tuple(IncidentEvent(opened.id, at(second), "note", f"line {second} é \u2603") for second in range(3))
    store.apply(
        Decision(
            store.gather().watermark,
            states=(state(), state("login", "us")),
            incidents=(opened, ended),
            events=events,
            notifications=(owed(opened), owed(ended, channel="mail")),
            health=(change(0, Health.DOWN), change(60, Health.UP, region="eu")),
        )
    )
    store.claim(at(100), 60, limit=1)
    store.delivered(owed(opened).id, at(101))
    store.record_versions([version(), version("login")], MIDNIGHT)
    store.note("last report", "2026-11-23")
    store.keep_token(AgentToken("one", "eu", "0" * 64, MIDNIGHT))
    store.take(Consignment("spool", "eu", 0, (Consigned(1, run(77, region="eu")),)))
    store.ask([run(99).key], at(200))
    store.close()
    return database


def _everything(store: SqlStore) -> dict[str, object]:
    start, end = MIDNIGHT - DAY, MIDNIGHT + 400 * DAY
    return {
        "runs": list(store.runs(start, end)),
        "rows": store.run_rows(),
        "gathered": store.gather(),
        "missed": store.missed(start, end),
        "states": store.states(),
        "incidents": store.incidents(),
        "events": [store.events(one.id) for one in store.incidents()],
        "deliveries": store.deliveries(),
        "health": store.health_changes(start, end),
        "versions": store.versions(),
        "notes": store.notes(),
        "tokens": store.tokens(),
        "marks": store.durable("spool", "eu"),
        "asked": store.asked("local", 0, at(0)),
    }


@pytest.fixture
def moved(history: Path, postgres_empty: str) -> Iterator[tuple[SqlStore, SqlStore]]:
    """The store in the file, and the one that it was copied to."""
    copying.copy(f"sqlite:///{history}", postgres_empty, _quiet)
    old, new = Opener(history), Opener(postgres_empty)
    yield old(), new()
    old.close()
    new.close()


def test_everything_is_the_same_afterwards(moved: tuple[SqlStore, SqlStore]) -> None:
    old, new = moved
    assert _everything(old) == _everything(new)


def test_the_copy_goes_on_where_the_file_ended(moved: tuple[SqlStore, SqlStore]) -> None:
    old, new = moved
    mark = old.gather().watermark
    for store in moved:
        assert 1 == store.keep([run(30), run(5 * 3600)])  # the former is kept already
        store.apply(Decision(mark, health=(change(120, Health.DOWN),)))
        store.ask([run(101).key], at(200))
        assert store.acknowledge(incident(0).id, "ana", at(300), [owed(incident(0), sequence=1)])
    assert _everything(old) == _everything(new)
    assert (run(5 * 3600),) == new.gather().runs[-1:]


def test_what_went_over_is_told_table_by_table(history: Path, postgres_empty: str) -> None:
    told: dict[str, int] = {}
    total = copying.copy(str(history), postgres_empty, told.__setitem__)
    assert (603, 3, total) == (told["runs"], told["incident_events"], sum(told.values()))


def test_the_source_is_not_changed(history: Path, postgres_empty: str) -> None:
    before = history.read_bytes()
    copying.copy(str(history), postgres_empty, _quiet)
    assert before == history.read_bytes()
    log = history.with_name(f"{history.name}-wal")
    assert not log.exists() or log.stat().st_size == 0


def test_a_target_that_holds_rows_is_refused_and_left_alone(history: Path, postgres_url: str) -> None:
    store = open_store(postgres_url)
    store.note("mine", "already")
    with pytest.raises(StoreError, match=r"it holds rows already \(notes\), so nothing was copied") as refusal:
        copying.copy(str(history), postgres_url, _quiet)
    assert "name an empty database" in str(refusal.value.hint)
    assert ({"mine": "already"}, []) == (store.notes(), store.run_rows())
    store.close()


def test_a_copy_that_was_interrupted_leaves_nothing_and_is_made_again(history: Path, postgres_empty: str) -> None:
    class Interrupted(Exception):
        pass

    def interrupt(table: str, _rows: int) -> None:
        if table == "runs":
            raise Interrupted

    with pytest.raises(Interrupted):
        copying.copy(str(history), postgres_empty, interrupt)
    store = open_store(postgres_empty)
    assert ([], []) == (store.run_rows(), store.incidents())
    store.close()
    assert copying.copy(str(history), postgres_empty, _quiet) > 600


def test_a_file_that_is_written_to_meanwhile_is_refused(history: Path, postgres_empty: str) -> None:
    daemon = open_store(history)

    def go_on(table: str, _rows: int) -> None:
        if table == "notes":
            daemon.keep([run(4242)])

    with pytest.raises(StoreError, match="it was written to while it was copied, so nothing was copied") as refusal:
        copying.copy(str(history), postgres_empty, go_on)
    assert "stop the daemon" in str(refusal.value.hint)
    daemon.close()
    store = open_store(postgres_empty)
    assert [] == store.run_rows()
    store.close()


def test_nobody_writes_to_the_target_meanwhile(history: Path, postgres_url: str) -> None:
    locked: list[bool] = []

    def look(_table: str, _rows: int) -> None:
        if not locked:
            with psycopg.connect(postgres_url.replace("+psycopg", "")) as beside:
                beside.execute("SET lock_timeout = '50ms'")
                with pytest.raises(psycopg.errors.LockNotAvailable):
                    beside.execute("INSERT INTO notes VALUES ('beside', '')")
            locked.append(True)

    copying.copy(str(history), postgres_url, look)
    assert locked


def test_an_empty_installation_can_be_moved_as_well(database: Path, postgres_empty: str) -> None:
    copying.copy(str(database), postgres_empty, _quiet)
    store = open_store(postgres_empty)
    assert 1 == store.keep([run(0)])
    store.close()


def test_an_older_file_is_refused_rather_than_changed(history: Path, postgres_empty: str) -> None:
    with sqlite3.connect(history) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    connection.close()
    with pytest.raises(SchemaOutdated, match="its schema is 0001"):
        copying.copy(str(history), postgres_empty, _quiet)
    assert migrate.current(postgres_empty) is None


def test_only_from_a_file_to_a_server(history: Path, postgres_empty: str, tmp_path: Path) -> None:
    for source, target, match in (
        (postgres_empty, postgres_empty, "only a SQLite file can be copied from"),
        (str(history), str(tmp_path / "other.db"), "only PostgreSQL can be copied to"),
    ):
        with pytest.raises(ConfigurationError, match=match):
            copying.copy(source, target, _quiet)
    with pytest.raises(StoreError, match="there is no database"):
        copying.copy(str(tmp_path / "none.db"), postgres_empty, _quiet)


def test_times_are_the_same_to_the_millisecond(moved: tuple[SqlStore, SqlStore]) -> None:
    old, new = moved
    slots = [{row.slot for row in store.run_rows()} for store in (old, new)]
    assert slots[0] == slots[1]
    assert timedelta(days=70) < max(slots[0]) - min(slots[0])
