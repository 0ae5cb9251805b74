"""Runs put into PostgreSQL in one journey: a transaction is begun, they are numbered, inserted, missed slots forgotten.

Each statement by itself would wait for the server's answer, with everybody whose run is in the commit; none of them
needs the answer of the one before. The number is counted up within the statement that inserts. What forgets missed
slots is a statement of its own, since only a later one sees what was written down while this one waited for its number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

import psycopg
from psycopg.errors import InvalidSqlStatementName
from psycopg.pq import Format, TransactionStatus
from psycopg.pq.abc import PGresult
from sqlalchemy.engine import Connection

from synthmon.model.run import RunKind, to_millis
from synthmon.store.postgres.arrays import writers
from synthmon.store.postgres.together import Send, together
from synthmon.store.tables import runs

_WRITERS = writers(runs, "arrival")
_NAMES = ", ".join(writer.name for writer in _WRITERS)
_ARRAYS = ", ".join(f"${place}::{writer.kind.name}[]" for place, writer in enumerate(_WRITERS, 1))
_COUNT = f"cardinality($1::{_WRITERS[0].kind.name}[])"

# Where nothing counts any more the number is null, which the table refuses.
_INSERT = f"""
WITH last AS (UPDATE counters SET value = value + {_COUNT} WHERE name = 'arrival' RETURNING value)
INSERT INTO runs (arrival, {_NAMES})
SELECT (SELECT value FROM last) - {_COUNT} + place, {", ".join(f"one.{writer.name}" for writer in _WRITERS)}
FROM unnest({_ARRAYS}) WITH ORDINALITY AS one ({_NAMES}, place)
ON CONFLICT DO NOTHING RETURNING id"""  # noqa: S608 - names of ours

_FORGET = """
DELETE FROM missed WHERE slot BETWEEN $1::bigint AND $2::bigint AND EXISTS (
  SELECT FROM runs WHERE runs.probe = missed.probe AND runs.region = missed.region AND runs.slot = missed.slot
  AND runs.kind = 'scheduled')"""

_PREPARED = {b"put_runs": _INSERT.encode(), b"forget_missed": _FORGET.encode()}


class _Put:
    """One journey, and what came back."""

    def __init__(self, driver: psycopg.Connection, prepared: set[bytes]) -> None:
        self._pgconn, self._prepared = driver.pgconn, prepared
        self._sends: list[tuple[bytes | None, Send]] = []  # the name of what it prepares, if it does
        self.inserted: PGresult | None = None

    def begin(self) -> None:
        if self._pgconn.transaction_status == TransactionStatus.IDLE:
            self._sends.append((None, partial(self._pgconn.send_query_params, b"BEGIN", None)))

    def execute(self, name: bytes, values: Sequence[bytes], form: Format) -> None:
        if name not in self._prepared:
            self._sends.append((name, partial(self._pgconn.send_prepare, name, _PREPARED[name])))
        forms = [form] * len(values)
        send = partial(self._pgconn.send_query_prepared, name, values, forms, result_format=Format.BINARY)
        self._sends.append((None, send))

    def go(self) -> None:
        together(self._pgconn, [send for _, send in self._sends], self._answered)

    def _answered(self, place: int, result: PGresult) -> None:
        if (name := self._sends[place][0]) is not None:
            self._prepared.add(name)
        elif result.nfields:
            self.inserted = result


def put(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """The ids of those that were not there yet. Inside a transaction, which ends as ever."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    prepared: set[bytes] = connection.info.setdefault("prepared", set())
    begins = driver.pgconn.transaction_status == TransactionStatus.IDLE
    try:
        found = _inserted(_Put(driver, prepared), rows)
    except InvalidSqlStatementName:
        # When a transaction is rolled back the driver lets go of all that is prepared, by DEALLOCATE ALL: of ours too.
        prepared.clear()
        if not begins:
            raise  # whoever tries again prepares anew
        driver.pgconn.exec_(b"ROLLBACK")
        found = _inserted(_Put(driver, prepared), rows)
    if found.ntuples == len(rows):  # as nearly always
        return {row["id"] for row in rows}
    return {str(UUID(bytes=bytes(found.get_value(place, 0) or b""))) for place in range(found.ntuples)}


def _inserted(journey: _Put, rows: Sequence[Mapping[str, Any]]) -> PGresult:
    journey.begin()
    journey.execute(b"put_runs", [one.array([row[one.name] for row in rows]) for one in _WRITERS], Format.BINARY)
    slots = [row["slot"] for row in rows if row["kind"] is RunKind.SCHEDULED]
    if slots:
        ends = [str(to_millis(end)).encode() for end in (min(slots), max(slots))]
        journey.execute(b"forget_missed", ends, Format.TEXT)
    journey.go()
    assert journey.inserted is not None
    return journey.inserted
