"""What was kept before an upgrade is there after it, on each kind of database, as though it had always been so."""

from __future__ import annotations

import re
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.engine import Connection

from synthmon import wire
from synthmon.errors import StoreError
from synthmon.model.rollup import QUARTER, Grain, Rolled, Rollup
from synthmon.model.run import Outcome, to_millis
from synthmon.store import migrate
from synthmon.store.grounds import database_at
from synthmon.store.opening import open_store
from synthmon.store.partitions import make, month_of
from synthmon.store.tables import DETAILS, LATENCIES
from tests.store.test_rollups import FULL, HOUR, after
from tests.store.values import DAY, MIDNIGHT, run

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


def _roll_up_as_before(connection: Connection, table: str, one: Rollup) -> None:
    """A rollup as a row of revision 0017: a region has a row of its own, and what is plain a column."""
    plain: dict[str, Any] = {outcome.value: one.count(outcome) for outcome in Outcome}
    plain |= {name: getattr(one, name) for name in ("due", "planned", "good", "bad", "flaky", "cleanup_failed")}
    plain |= {name: getattr(one, name) for name in ("over_budget", "budget", "probe", "region")}
    plain |= {"bucket": to_millis(one.bucket), "until": to_millis(one.end)}
    plain |= {name: at and to_millis(at) for name, at in (("last", one.last), ("judged", one.judged))}
    plain |= {"latency": LATENCIES.packed(one.latency), "detail": DETAILS.packed(one.detail)}
    columns, values = ", ".join(plain), ", ".join(f":{name}" for name in plain)
    connection.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({values})"), plain)


def test_rollups_of_before_are_there_whose_runs_are_long_gone(nothing: str) -> None:
    bare = Rollup(MIDNIGHT, "checkout", "us", until=MIDNIGHT + QUARTER)
    quarters = [FULL, bare, after(1), replace(FULL, probe="login")]
    hours = [replace(FULL, until=MIDNIGHT + HOUR), replace(FULL, region="\N{SNOWMAN}", until=MIDNIGHT + HOUR)]
    day = replace(FULL, until=MIDNIGHT + DAY)
    _as_of(nothing, "0017")
    engine = create_engine(nothing, poolclass=NullPool)
    with engine.begin() as connection:
        for table, rollups in (("rollups", quarters), ("rollup_hours", hours), ("rollup_days", [day])):
            for one in rollups:
                _roll_up_as_before(connection, table, one)
    assert "0017" == migrate.upgrade(nothing)
    store = open_store(nothing)
    found = [store.rollups(MIDNIGHT, MIDNIGHT + DAY, grain=grain) for grain in (Grain.QUARTER, Grain.HOUR, Grain.DAY)]
    assert [quarters, hours, [day]] == found
    store.replace_rollups("checkout", [Rolled(Grain.QUARTER, MIDNIGHT, MIDNIGHT + QUARTER)])
    assert quarters[2:] == store.rollups(MIDNIGHT, MIDNIGHT + DAY)
    store.close()


@pytest.mark.parametrize(("column", "damaged"), [("latency", LATENCIES.packed(FULL.latency)[:-2]), ("detail", b"\xff")])
def test_a_rollup_that_is_damaged_is_named_and_nothing_is_upgraded(tmp_path: Path, column: str, damaged: bytes) -> None:
    where = f"sqlite:///{tmp_path / 'old.db'}"
    _as_of(where, "0017")
    engine = create_engine(where, poolclass=NullPool)
    with engine.begin() as connection:
        _roll_up_as_before(connection, "rollups", FULL)
        connection.execute(text(f"UPDATE rollups SET {column} = :damaged"), {"damaged": damaged})
    said = f"cannot be read: the row of rollups with probe '{FULL.probe}', bucket {to_millis(FULL.bucket)} and region"
    with pytest.raises(StoreError, match=re.escape(said)):
        migrate.upgrade(where)
    assert "0017" == migrate.current(where)
