"""Which PostgreSQL server is meant and how it is set: its address, how faults are told, what a session is held to."""

from __future__ import annotations

from typing import TypeVar

import psycopg
import pytest
from sqlalchemy import make_url, text
from structlog.testing import capture_logs

from synthmon.errors import ConfigurationError, StoreError
from synthmon.store.opening import open_store
from synthmon.store.postgres import address
from synthmon.store.postgres.faults import fault_of
from synthmon.store.writer import one_by_one
from tests.store.conftest import Opener

T = TypeVar("T")


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"password": "hunter2-wrong"}, "the server refuses this user"),
        ({"database": "nowhere"}, "there is no such database"),
        ({"port": 1}, "the server does not answer"),
        ({"host": "no.such.host.invalid"}, "the server does not answer"),
        ({"query": {"sslmode": "require"}}, "the server does not speak TLS"),
        ({"query": {"no_such_option": "1"}}, "refused"),
    ],
)
def test_an_address_that_leads_nowhere_is_an_error_without_its_password(
    postgres_url: str, change: dict[str, str | int], match: str
) -> None:
    url = make_url(postgres_url).set(**change)  # type: ignore[arg-type]
    with pytest.raises(StoreError, match=match) as told:
        open_store(url.render_as_string(hide_password=False))
    said = f"{told.value} {told.value.hint}"
    assert str(url.password) not in said
    assert said.startswith(address.shown(url))


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ('root certificate file "/x/ca.pem" does not exist', "certificate was not accepted"),
        ("SSL error: certificate verify failed", "certificate was not accepted"),
        ('database "x" does not exist', "no such database"),
        ("sorry, too many clients already", "takes no more connections"),
        ("the database system is starting up", "starting or shutting down"),
        ('password authentication failed for user "x"', "refuses this user"),
        ("connection to server at 10.0.0.1 failed: Connection timed out", "does not answer"),
    ],
)
def test_what_the_driver_says_without_a_code_is_told_apart(said: str, what: str) -> None:
    fault = fault_of(psycopg.OperationalError(said))
    assert fault is not None
    assert (True, True) == (what in fault.what, fault.away)


@pytest.mark.parametrize(
    "where",
    ["postgresql+psycopg://u:hunter2@host:port/db", "postgresql://u:hunter2@[::1/db", "postgresql://u:hunter2@h"],
)
def test_an_address_that_cannot_be_read_is_refused_without_repeating_it(where: str) -> None:
    with pytest.raises(ConfigurationError, match="the address of the PostgreSQL database") as told:
        open_store(where)
    assert "hunter2" not in f"{told.value} {told.value.hint}"


@pytest.mark.parametrize(
    ("where", "mode"),
    [
        ("postgresql://u@db.example.com/x", "verify-full"),
        ("postgresql://u@10.0.0.7/x", "verify-full"),
        ("postgresql://u@/x?host=10.0.0.7", "verify-full"),
        ("postgresql://u@db.example.com/x?sslmode=disable", "disable"),
        ("postgresql://u@localhost/x", None),
        ("postgresql://u@127.0.0.3/x", None),
        ("postgresql://u@[::1]/x", None),
        ("postgresql://u@/x?host=/run/postgresql", None),
    ],
)
def test_a_server_elsewhere_must_prove_who_it_is(where: str, mode: str | None) -> None:
    assert mode == address.read(where).query.get("sslmode")


def test_a_commit_waits_for_the_disk_whatever_the_server_is_set_to(opener: Opener, beside: psycopg.Connection) -> None:
    beside.execute(f"ALTER DATABASE {beside.info.dbname} SET synchronous_commit = off")
    store = opener()
    assert store._writer is not None
    shown = one_by_one(lambda connection, _: connection.scalar(text("SHOW synchronous_commit")))
    assert "on" == store._writer.do(shown, None)


def test_a_server_that_syncs_nothing_is_named_in_the_log(opener: Opener) -> None:
    with capture_logs() as lines:
        opener()
    # other threads of this process may have something to say meanwhile
    assert 1 == [line["event"] for line in lines].count("store.not_durable")


def test_readers_cannot_write_and_see_one_state_throughout(opener: Opener, beside: psycopg.Connection) -> None:
    store = opener()
    with store._reading() as connection:
        assert 0 == connection.scalar(text("SELECT count(*) FROM notes"))
        beside.execute("INSERT INTO notes VALUES ('new', '')")
        assert 0 == connection.scalar(text("SELECT count(*) FROM notes"))
    with pytest.raises(StoreError, match="read-only"), store._reading() as connection:
        connection.execute(text("INSERT INTO notes VALUES ('mine', '')"))
    assert {"new": ""} == store.notes()
