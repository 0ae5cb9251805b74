"""The schema on PostgreSQL: made when asked, by one at a time, with the months of runs ready."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import NullPool, create_engine

from synthmon.errors import SchemaOutdated, StoreError
from synthmon.store import migrate, partitions
from synthmon.store.opening import open_store
from synthmon.store.tables import SCHEMA
from tests.store.conftest import Opener
from tests.store.values import MIDNIGHT, run


def _connect(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def _months(url: str) -> list[date]:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        return partitions.existing(connection)


def test_a_database_without_tables_is_refused_until_it_is_upgraded(postgres_empty: str) -> None:
    assert migrate.current(postgres_empty) is None
    with pytest.raises(SchemaOutdated, match="empty, or not a database of synthmon's") as refusal:
        open_store(postgres_empty)
    assert "SYNTHMON_DB_UPGRADE=1" in str(refusal.value.hint)
    assert migrate.upgrade(postgres_empty) is None
    assert (SCHEMA, SCHEMA) == (migrate.current(postgres_empty), migrate.upgrade(postgres_empty))
    open_store(postgres_empty).close()


def test_a_start_upgrades_a_shared_database_only_when_it_is_asked_to(postgres_empty: str) -> None:
    migrate.prepare(postgres_empty, asked=False)
    assert migrate.current(postgres_empty) is None
    migrate.prepare(postgres_empty, asked=True)
    assert SCHEMA == migrate.current(postgres_empty)


@pytest.mark.parametrize(("found", "what"), [("0000", "this version needs"), ("9999", "which a newer synthmon made")])
def test_a_schema_of_another_version_is_refused(postgres_url: str, found: str, what: str) -> None:
    with _connect(postgres_url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = %s", (found,))
    with pytest.raises(SchemaOutdated, match=what):
        open_store(postgres_url)


def test_processes_that_upgrade_at_once_all_succeed(postgres_empty: str) -> None:
    script = "import sys; from synthmon.store import migrate; migrate.upgrade(sys.argv[1])"
    racers = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", script, postgres_empty], stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    assert [(0, "")] * 2 == [(racer.wait(), racer.communicate()[1]) for racer in racers]
    assert (SCHEMA, []) == (migrate.current(postgres_empty), migrate.differences(postgres_empty))


def test_an_upgrade_makes_this_month_and_the_next_two(postgres_url: str) -> None:
    this = partitions.month_of(datetime.now(UTC))
    following = partitions.next_month(this)
    assert [this, following, partitions.next_month(following)] == _months(postgres_url)


def test_room_is_made_ahead_once(postgres_url: str) -> None:
    store = open_store(postgres_url)
    now = datetime(2031, 11, 5, tzinfo=UTC)
    assert ["runs_2031_11", "runs_2031_12", "runs_2032_01"] == store.make_room(now)
    assert ([], ["runs_2032_02"]) == (store.make_room(now), store.make_room(now + timedelta(days=30)))
    store.close()


def test_a_run_of_a_month_that_was_not_made_makes_it(postgres_url: str) -> None:
    store = open_store(postgres_url)
    old, last = run(-400 * 86400), run(-MIDNIGHT.timestamp() % 86400 + 7 * 86400 - 0.001)  # its last millisecond
    assert 2 == store.keep([old, last])
    assert [old, last] == [store.run(old.id), store.run(last.id)]
    assert partitions.month_of(old.key.slot) in _months(postgres_url)
    store.close()


def test_a_month_that_was_dropped_meanwhile_is_made_again(postgres_url: str) -> None:
    opener = Opener(postgres_url)
    store, old = opener(), run(-400 * 86400)
    store.keep([old])
    with create_engine(postgres_url, poolclass=NullPool).begin() as connection:
        assert [date(2025, 10, 1)] == partitions.drop_before(connection, MIDNIGHT)
    assert store.run(old.id) is None
    with pytest.raises(StoreError):
        store.keep([old])
    assert 1 == store.keep([old])
    opener.close()


def test_a_month_that_has_not_ended_is_never_dropped(postgres_url: str) -> None:
    with _connect(postgres_url) as connection, pytest.raises(psycopg.Error, match="has not ended yet"):
        connection.execute("SELECT synthmon_drop_partition(now()::date)")


def test_clocks_that_are_wrong_do_not_fill_the_server_with_months(postgres_url: str) -> None:
    with _connect(postgres_url) as connection:
        connection.execute(
            "SELECT synthmon_make_partition((date '1900-01-01' + n * interval '1 month')::date)"
            " FROM generate_series(1, 597) n"
        )
    store = open_store(postgres_url)
    with pytest.raises(StoreError, match="runs has 600 months already"):
        store.keep([run(-400 * 86400)])
    assert 1 == store.keep([run(0)])
    store.close()


def test_text_is_ordered_by_its_characters_whatever_the_language_of_the_server(postgres_url: str) -> None:
    ordered = (
        "SELECT attname FROM pg_attribute WHERE attrelid = 'runs'::regclass AND attcollation = '\"C\"'::regcollation"
    )
    with _connect(postgres_url) as connection:
        names = {name for (name,) in connection.execute(ordered)}
    assert {"probe", "region", "kind", "outcome"} <= names
