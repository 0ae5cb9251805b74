"""Commands that look after the database, on PostgreSQL as on a file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from synthmon.app import clock
from synthmon.app.datadir import DataDirectory
from synthmon.app.late import UNTIL
from synthmon.errors import SchemaOutdated
from synthmon.model.rollup import floor_of
from synthmon.model.run import Outcome
from synthmon.store import migrate
from synthmon.store.opening import open_store
from tests.cli.typed import Terminal
from tests.making import run, version


def test_the_command_line_looks_into_it_and_says_where_the_schema_stands(
    terminal: Terminal, postgres_empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNTHMON_DATABASE_URL", postgres_empty)
    assert (1, "empty (this version needs") == ((said := terminal.types("db", "current")).code, said.out[:25])
    with pytest.raises(SchemaOutdated):
        open_store(postgres_empty)
    assert terminal.types("db", "upgrade").out.startswith("empty → ")
    assert terminal.types("db", "upgrade").out.endswith("nothing to do\n")
    assert 0 == terminal.types("db", "current").code
    assert 0 == terminal.types("status").code


def test_an_installation_moves_by_one_command(
    terminal: Terminal, postgres_empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = terminal.folder / ".synthmon"
    migrate.upgrade(data / "synthmon.db")
    store = open_store(data / "synthmon.db")
    store.note("moved", "once")
    store.close()
    refused = terminal.types("db", "copy", "--to", "mysql://u:hunter2@h/d")
    assert (2, True, False) == (refused.code, "no store of kind" in refused.err, "hunter2" in refused.err)
    monkeypatch.setenv("SYNTHMON_DATABASE_URL", postgres_empty)
    daemon = DataDirectory(data)
    running = terminal.types("db", "copy")
    assert (2, True) == (running.code, "another synthmon is running in" in running.err)
    daemon.close()
    moved = terminal.types("db", "copy")
    assert (0, True) == (moved.code, "rows copied and counted" in moved.out), moved.err
    assert "notes: 1" in moved.err
    again = terminal.types("db", "copy")
    assert (2, True) == (again.code, "it holds rows already" in again.err)
    roles = terminal.types("db", "roles", "--prefix", "shop")
    assert (0, True) == (roles.code, "CREATE ROLE shop_writer" in roles.out)
    assert 2 == terminal.types("db", "roles", "--prefix", "Shop").code


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_rollups_are_counted_again_where_nobody_else_writes(
    terminal: Terminal, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    data = terminal.folder / ".synthmon"
    where = data / "synthmon.db"
    if kind == "postgresql":
        where = request.getfixturevalue("postgres_empty")
        monkeypatch.setenv("SYNTHMON_DATABASE_URL", where)
    migrate.upgrade(where)
    until = floor_of(clock.now())
    slot = until - timedelta(minutes=40)
    store = open_store(where)
    store.record_versions([version()], slot - timedelta(hours=1))
    store.note(UNTIL, until.isoformat())
    store.keep([run(slot)])
    store.close()
    daemon = DataDirectory(data)
    said = terminal.types("db", "rollup")
    assert (2 if kind == "sqlite" else 0) == said.code, said.err
    daemon.close()
    counted = terminal.types("db", "rollup")
    assert (0, True) == (counted.code, "7 rollups of a quarter of an hour counted again" in counted.out), counted.out
    store = open_store(where, read_only=True)
    found = store.rollups(slot - timedelta(hours=2), until, "checkout")
    store.close()
    assert [1] == [one.count(Outcome.PASSED) for one in found if one.outcomes]


def test_where_all_runs_are_older_than_they_are_kept_that_is_said(terminal: Terminal) -> None:
    where = str(terminal.folder / ".synthmon" / "synthmon.db")
    migrate.upgrade(where)
    slot = datetime(2020, 3, 1, 12, tzinfo=UTC)
    store = open_store(where)
    store.record_versions([version()], slot - timedelta(hours=1))
    store.note(UNTIL, (slot + timedelta(hours=1)).isoformat())
    store.keep([run(slot)])
    store.close()

    said = terminal.types("db", "rollup")
    assert "rollups reach to 2020-03-01 13:00:00 UTC, and runs are kept for" in said.out, said.out
    assert (0, True) == (said.code, "no quarter of an hour" not in said.out)


def test_where_there_is_nothing_to_count_again_that_is_said(terminal: Terminal) -> None:
    migrate.upgrade(terminal.folder / ".synthmon" / "synthmon.db")
    counted = terminal.types("db", "rollup")
    assert (0, "nothing to count again: no quarter of an hour is over of which runs are kept\n") == (
        counted.code,
        counted.out,
    )
