"""Commands that look after the database, on PostgreSQL as on a file."""

from __future__ import annotations

import pytest

from synthmon.app.datadir import DataDirectory
from synthmon.errors import SchemaOutdated
from synthmon.store import migrate
from synthmon.store.opening import open_store
from tests.cli.typed import Terminal


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
