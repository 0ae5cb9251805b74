"""What was kept before an upgrade is there after it, on each kind of database, as though it had always been so."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.engine import Connection

from synthmon import wire
from synthmon.store import migrate
from synthmon.store.grounds import database_at
from synthmon.store.opening import open_store
from synthmon.store.partitions import make, month_of
from tests.store.values import MIDNIGHT, run

COLUMNS = (
    "slot, id, arrival, probe, region, kind, n, outcome, started_at, duration, late, flaky, cleanup_failed, suspect,"
    " evidence, dictionary, document"
)
HASH = "c0ffee"


@pytest.fixture(params=["sqlite", "postgresql"])
def nothing(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'old.db'}"
    return str(request.getfixturevalue("postgres_empty"))


def _as_of(where: str, revision: str) -> None:
    database = database_at(where)
    with database.upgrading() as connection:
        config = migrate._config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        make(connection, [month_of(MIDNIGHT)])
    database.close()


def _keep_as_before(connection: Connection) -> None:
    """A run as it was kept by revision 0016: its id in bytes, its document in the form that is printed."""
    old = run(0)
    document = wire.to_json(old)
    del document["id"]
    values = {
        "slot": int(old.key.slot.timestamp() * 1000),
        "id": bytes.fromhex(old.id.replace("-", "")),
        "document": zlib.compress(wire.dumps(document)),
        "off": False,
    }
    connection.execute(
        text(
            f"INSERT INTO runs ({COLUMNS}) VALUES (:slot, :id, 1, 'checkout', 'local', 'scheduled', 0, 'passed', :slot,"
            " 0.4, 0, :off, :off, :off, :off, 0, :document)"
        ),
        values,
    )
    connection.execute(text("UPDATE counters SET value = 1 WHERE name = 'arrival'"))
    connection.execute(text("INSERT INTO dictionaries VALUES (1, :hash, :content)"), {"hash": HASH, "content": b"old"})


def test_a_run_of_before_is_found_by_its_id_kept_once_and_read_as_it_was(nothing: str) -> None:
    _as_of(nothing, "0016")
    engine = create_engine(nothing, poolclass=NullPool)
    with engine.begin() as connection:
        _keep_as_before(connection)
    assert "0016" == migrate.upgrade(nothing)
    store = open_store(nothing)
    assert run(0) == store.run(run(0).id)
    assert (0, 1) == (store.keep([run(0)]), store.keep([run(60)]))
    assert (run(0), run(60)) == store.gather().runs
    with engine.begin() as connection:
        assert [1] == list(connection.scalars(text(f"SELECT number FROM dictionaries WHERE probe_hash LIKE '%{HASH}'")))
        assert not list(connection.scalars(text(f"SELECT number FROM dictionaries WHERE probe_hash = '{HASH}'")))
    store.close()


def test_a_month_has_no_gaps_in_its_rows(postgres_url: str) -> None:
    query = """
        SELECT attname FROM pg_attribute, pg_inherits WHERE attrelid = inhrelid AND attnum > 0
        AND inhrelid = (SELECT min(inhrelid) FROM pg_inherits WHERE inhparent = 'runs'::regclass) ORDER BY attnum"""
    with create_engine(postgres_url, poolclass=NullPool).begin() as connection:
        names = list(connection.scalars(text(query)))
    assert ["id", "slot", "arrival"] == names[:3]
    assert "document" in names[-8:]
