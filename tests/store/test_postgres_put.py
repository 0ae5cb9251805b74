"""Runs put into PostgreSQL after a transaction that was rolled back: the driver lets go of all that was prepared."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from psycopg.errors import InvalidSqlStatementName
from sqlalchemy import Connection, text

from synthmon.store.grounds import database_at
from synthmon.store.postgres import putting
from tests.store.test_putting import row
from tests.store.values import run


@pytest.fixture
def connection(postgres_url: str) -> Iterator[Connection]:
    """One by which runs were put, and the driver has prepared a statement of its own, as it does with what is usual."""
    engine = database_at(postgres_url).writing_engine()
    with engine.connect() as connection:
        for number in range(8):
            with connection.begin():
                connection.execute(text("SELECT 1"))
                putting.put(connection, [row(run(number))])
        yield connection
    engine.dispose()


def roll_back(connection: Connection) -> None:
    with connection.begin() as transaction:
        connection.execute(text("SELECT 1"))
        transaction.rollback()


def put_later(connection: Connection) -> set[str]:
    """Not as the first thing of the transaction."""
    with connection.begin():
        connection.execute(text("SELECT 1"))
        return putting.put(connection, [row(run(8))])


def test_runs_are_put_after_a_transaction_that_was_rolled_back(connection: Connection) -> None:
    roll_back(connection)
    for number in range(8, 10):
        with connection.begin():
            assert len(putting.put(connection, [row(run(number))])) == 1
    with connection.begin():
        assert connection.execute(text("SELECT count(*) FROM runs")).scalar_one() == 10


def test_in_a_transaction_that_was_begun_it_is_the_second_try_that_does(connection: Connection) -> None:
    roll_back(connection)
    with pytest.raises(InvalidSqlStatementName):
        put_later(connection)
    assert len(put_later(connection)) == 1
