"""Arrays as we write them for PostgreSQL are those that it reads, whatever stands in them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.adapt import Dumper
from psycopg.pq import Format
from sqlalchemy import Boolean, Column, Float, Integer, LargeBinary, String

from synthmon.model.run import Outcome, to_millis
from synthmon.store.postgres.arrays import ColumnWriter
from synthmon.store.types import Clean, Identity, Instant, Word
from tests.depth import times
from tests.postgres import Shared

WHEN = datetime(2026, 11, 23, 8, 14, 11, 250_000, tzinfo=UTC)
ID = "7f3e6554-8f8a-53a2-96e7-c5712218aa2d"
KINDS: dict[str, tuple[object, st.SearchStrategy[object]]] = {
    "instants": (Instant(), st.just(WHEN)),
    "integers": (Integer(), st.integers(-(2**31), 2**31 - 1)),
    "floats": (Float(), st.floats(allow_nan=False)),
    "booleans": (Boolean(), st.booleans()),
    "bytes": (LargeBinary(), st.binary(max_size=300)),
    "ids": (Identity(), st.just(ID)),
    "words": (Word(Outcome), st.sampled_from(Outcome)),
    "texts of others": (Clean(), st.text(st.characters(codec=None), max_size=12)),
    "texts of ours": (String(), st.text(st.characters(codec="ascii", exclude_characters="\0"), max_size=12)),
}


class Raw(bytes):
    """What the driver hands over as it is."""


class RawDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: Any) -> bytes:
        return bytes(obj)


@pytest.fixture(scope="module")
def server(postgres_server: Shared) -> Iterator[psycopg.Connection]:
    with psycopg.connect(postgres_server.url("postgres").replace("+psycopg", ""), autocommit=True) as connection:
        connection.adapters.register_dumper(Raw, RawDumper)
        yield connection


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=times(8), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_the_server_reads_what_the_driver_would_have_said(
    server: psycopg.Connection, kind: str, data: st.DataObject
) -> None:
    type_, values = KINDS[kind]
    column: Column[object] = Column("one", type_)  # type: ignore[arg-type]
    given_ones = data.draw(st.lists(st.none() | values, max_size=5))
    writer = ColumnWriter(column)
    dumped = server.execute(f"SELECT %s::{writer.kind.name}[]", (Raw(writer.array(given_ones)),)).fetchone()
    assert dumped == ([None if one is None else as_kept(one, kind) for one in given_ones],)


def as_kept(value: object, kind: str) -> object:
    if isinstance(value, datetime):
        return to_millis(value)
    if kind == "ids":
        return UUID(str(value))
    return Clean().process_bind_param(value, None) if isinstance(value, str) else value  # type: ignore[arg-type]
