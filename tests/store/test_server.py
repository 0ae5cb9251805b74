"""The server that tests are given: shared by the run, fresh for each test, a private one can be frozen."""

from __future__ import annotations

import psycopg
import pytest

from tests.postgres_server import Server


def _plain(url: str) -> str:
    return url.replace("+psycopg", "")


@pytest.mark.parametrize("turn", [1, 2])
def test_every_test_has_a_database_without_tables(postgres_empty: str, turn: int) -> None:
    with psycopg.connect(_plain(postgres_empty)) as connection:
        connection.execute("CREATE TABLE notes (name text)")


def test_a_frozen_server_answers_nobody_until_it_is_thawed(postgres_private: Server) -> None:
    with postgres_private.connect() as connection:
        postgres_private.freeze()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(_plain(postgres_private.url()), connect_timeout=2)
        postgres_private.thaw()
        assert (1,) == connection.execute("SELECT 1").fetchone()
