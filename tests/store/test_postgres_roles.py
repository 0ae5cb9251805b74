"""Three roles on a real server: the owner upgrades, the writer writes rows and nothing else, the reader reads."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from synthmon.errors import ConfigurationError, StoreError
from synthmon.store import migrate
from synthmon.store.opening import open_store
from synthmon.store.postgres import roles
from tests.postgres import Shared
from tests.store.values import MIDNIGHT, run

PREFIX = f"role_{os.getpid()}"
ROLES = ("owner", "writer", "reader")
REFUSED = psycopg.errors.InsufficientPrivilege


class Installation:
    """A database, and its address for each role."""

    def __init__(self, server: Shared, database: str, prefix: str = PREFIX) -> None:
        self.server, self.database, self.prefix = server, database, prefix

    def url(self, role: str) -> str:
        return self.server.url(self.database, user=f"{self.prefix}_{role}")

    def connect(self, role: str) -> psycopg.Connection:
        return psycopg.connect(self.url(role).replace("+psycopg", ""), autocommit=True)

    def make_roles(self) -> None:
        with self.server.connect(self.database) as superuser:
            superuser.execute(roles.sql(self.prefix))
            for role in ROLES:
                superuser.execute(f"ALTER ROLE {self.prefix}_{role} PASSWORD '{self.server.password}'")


@contextmanager
def _empty(server: Shared, prefix: str = PREFIX) -> Iterator[Installation]:
    database = server.create()
    yield Installation(server, database, prefix)
    server.drop(database)
    with server.connect() as superuser:
        for role in ROLES:
            superuser.execute(f"DROP ROLE IF EXISTS {prefix}_{role}")


@pytest.fixture
def empty(postgres_server: Shared) -> Iterator[Installation]:
    """Without tables, and without the roles so far."""
    with _empty(postgres_server) as made:
        yield made


@pytest.fixture(params=["before", "after"], scope="module")
def installation(request: pytest.FixtureRequest, postgres_server: Shared) -> Iterator[Installation]:
    """The roles are made before the first upgrade, or after it had been made by the superuser.

    Most of what is tried in it is refused; what is not adds to it.
    """
    with _empty(postgres_server, f"{PREFIX}_{request.param}") as made:
        if request.param == "before":
            made.make_roles()
            migrate.upgrade(made.url("owner"))
        else:
            migrate.upgrade(made.server.url(made.database))
            made.make_roles()
            made.make_roles()  # as often as one likes
        yield made


def test_the_writer_does_all_that_a_centre_does(installation: Installation) -> None:
    store = open_store(installation.url("writer"))
    old = run(-400 * 86400)
    assert 2 == store.keep([run(0), old])  # the month of the old one has to be made
    assert (run(0), old) == (store.run(run(0).id), store.run(old.id))
    store.note("name", "value")
    assert store.make_room(datetime.now(UTC) + timedelta(days=100))
    store.close()


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE runs",
        "ALTER TABLE runs ADD COLUMN x int",
        "TRUNCATE notes",
        "CREATE TABLE mine (x int)",
        "CREATE INDEX ON runs (message)",
        "DROP FUNCTION synthmon_make_partition(date)",
        "CREATE OR REPLACE FUNCTION synthmon_make_partition(month date) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
        "UPDATE alembic_version SET version_num = '0000'",
    ],
)
def test_the_writer_can_change_no_table(installation: Installation, statement: str) -> None:
    with installation.connect("writer") as connection, pytest.raises(REFUSED):
        connection.execute(statement)


@pytest.mark.parametrize(
    "statement",
    ["INSERT INTO notes VALUES ('a', 'b')", "DELETE FROM runs", "SELECT synthmon_make_partition('2020-01-01')"],
)
def test_the_reader_cannot_write(installation: Installation, statement: str) -> None:
    with installation.connect("reader") as connection, pytest.raises(REFUSED):
        connection.execute(statement)


def test_the_reader_reads_everything(installation: Installation) -> None:
    writer = open_store(installation.url("writer"))
    writer.keep([run(0)])
    writer.close()
    reader = open_store(installation.url("reader"), read_only=True)
    assert [run(0)] == list(reader.runs(MIDNIGHT, MIDNIGHT + timedelta(days=1)))
    reader.close()


def test_an_upgrade_by_the_writer_is_refused_with_what_to_do(empty: Installation) -> None:
    empty.make_roles()
    with pytest.raises(StoreError, match="this user may not do that") as refusal:
        migrate.upgrade(empty.url("writer"))
    assert "synthmon db roles" in str(refusal.value.hint)


@pytest.mark.parametrize("prefix", ["", "Synthmon", "x; DROP TABLE runs", "1a", "a" * 60])
def test_a_prefix_is_a_plain_name(prefix: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot begin the names of roles"):
        roles.sql(prefix)
