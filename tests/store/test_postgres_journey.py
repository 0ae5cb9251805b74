"""Several statements in one journey: of what goes wrong the first is told, and no answer is taken for another's."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import psycopg
import pytest
from psycopg.pq.abc import PGconn, PGresult

from synthmon.store.postgres.together import Send, together


@pytest.fixture
def connection(postgres_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as connection:
        yield connection


def _asks(pgconn: PGconn, query: bytes) -> Send:
    return partial(pgconn.send_query_params, query, None)


def _breaks() -> None:
    raise psycopg.OperationalError("the first thing that went wrong")


def _nothing(_place: int, _result: PGresult) -> None:
    """Nobody wants the answers."""


def test_what_went_wrong_first_is_told_and_answers_under_way_end_the_connection(connection: psycopg.Connection) -> None:
    with pytest.raises(psycopg.OperationalError, match="the first thing"):
        together(connection.pgconn, [_asks(connection.pgconn, b"SELECT 1"), _breaks], _nothing)
    assert connection.closed


def test_a_connection_that_nothing_was_sent_by_is_used_on(connection: psycopg.Connection) -> None:
    with pytest.raises(psycopg.OperationalError, match="the first thing"):
        together(connection.pgconn, [_breaks], _nothing)
    assert (7,) == connection.execute("SELECT 7").fetchone()


def test_of_two_statements_that_fail_the_first_ones_error_is_told(connection: psycopg.Connection) -> None:
    answers: list[int] = []
    sends = [_asks(connection.pgconn, query) for query in (b"SELECT 1", b"SELECT 1/0", b"SELECT nothing")]
    with pytest.raises(psycopg.errors.DivisionByZero):
        together(connection.pgconn, sends, lambda place, _: answers.append(place))
    assert [0] == answers
    assert (7,) == connection.execute("SELECT 7").fetchone()
