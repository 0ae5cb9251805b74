"""Writing down what was found and what was not: runs, their dictionaries, missed slots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, exists, func, select
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.sql import Executable

from synthmon.model.history import MissedSlot
from synthmon.model.run import RunKind, RunResult
from synthmon.store.document import Dictionaries
from synthmon.store.rows import row_of
from synthmon.store.tables import dictionaries, judge, missed, runs
from synthmon.store.types import Clean, Instant
from synthmon.store.writer import Work, one_by_one

Row = dict[str, Any]

JUDGE = "judge"

_insert_run = insert_sqlite(runs).on_conflict_do_nothing()
_last_arrival = select(
    select(func.max(runs.c.arrival)).scalar_subquery(),
    select(judge.c.watermark).where(judge.c.name == JUDGE).scalar_subquery(),
)


def is_run_id(text: str) -> bool:
    """Whether it can be the id of a run at all: it may have been typed by anybody."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _row(result: RunResult, documents: Dictionaries) -> Row:
    """A row of `runs` but for its `arrival`."""
    row = row_of(result)
    number, document = documents.pack(result)
    return {
        "slot": row.slot,
        "id": row.id,
        "probe": row.probe,
        "region": row.region,
        "kind": row.kind,
        "n": row.n,
        "outcome": row.outcome,
        "started_at": row.started_at,
        "duration": round(row.duration, 6),
        "latency": None if row.latency is None else round(row.latency, 6),
        "failed_step": row.failed_step,
        "failure_kind": row.failure_kind,
        "message": row.message,
        "flaky": row.flaky,
        "late": round(row.late, 6),
        "cleanup_failed": row.cleanup_failed,
        "dictionary": number,
        "document": document,
    }


def keeper_of_runs(documents: Dictionaries) -> Work[Sequence[RunResult], int]:
    """Work that keeps everybody's results in one statement; how many of each payload's were new.

    Results become rows here, in the writer's thread, though it looks better to have every caller do its own: Python
    runs one thread at a time, and the writer asks for its turn after each row, so callers busy with their documents
    would make every commit wait (measured with 16 of them: half as many runs a second).
    """

    def work(connection: Connection, payloads: Sequence[Sequence[RunResult]]) -> list[int]:
        return _keep(connection, [[_row(result, documents) for result in payload] for payload in payloads])

    return work


def _keep(connection: Connection, payloads: Sequence[Sequence[Row]]) -> list[int]:
    last = max(number or 0 for number in connection.execute(_last_arrival).one())
    rows = [row for payload in payloads for row in payload]
    inserted = connection.execute(_insert_run, [row | {"arrival": last + n} for n, row in enumerate(rows, 1)])
    if inserted.rowcount == len(rows):  # as nearly always
        new = {row["id"] for row in rows}
    else:
        new = set(connection.scalars(select(runs.c.id).where(runs.c.arrival > last)))
    slots = [row["slot"] for row in rows if row["id"] in new and row["kind"] is RunKind.SCHEDULED]
    if slots:
        connection.execute(_forget_missed, {"earliest": min(slots), "latest": max(slots)})
    return [_taken(new, payload) for payload in payloads]


def _taken(new: set[str], payload: Sequence[Row]) -> int:
    """How many of the new ids this payload brought first."""
    mine = new & {row["id"] for row in payload}
    new -= mine
    return len(mine)


_has_run = exists().where(
    runs.c.probe == missed.c.probe,
    runs.c.region == missed.c.region,
    runs.c.slot == missed.c.slot,
    runs.c.kind == RunKind.SCHEDULED,
)
# By the range of slots rather than run by run: there is hardly ever a missed slot to find.
_forget_missed: Executable = delete(missed).where(
    missed.c.slot.between(bindparam("earliest", type_=Instant), bindparam("latest", type_=Instant)), _has_run
)

_slot = (
    bindparam("a_probe", type_=Clean),
    bindparam("a_region", type_=Clean),
    bindparam("a_slot", type_=Instant),
    bindparam("a_reason", type_=Clean),
)
_note_missed = (
    insert_sqlite(missed)
    .from_select(
        ["probe", "region", "slot", "reason"],
        select(*_slot).where(
            ~exists().where(
                runs.c.probe == _slot[0],
                runs.c.region == _slot[1],
                runs.c.slot == _slot[2],
                runs.c.kind == RunKind.SCHEDULED,
            )
        ),
    )
    .on_conflict_do_nothing()
)


def _note(connection: Connection, slots: Sequence[MissedSlot]) -> int:
    rows = [
        {"a_probe": slot.probe, "a_region": slot.region, "a_slot": slot.slot, "a_reason": slot.reason} for slot in slots
    ]
    return connection.execute(_note_missed, rows).rowcount


note_missed = one_by_one(_note)


def make_dictionaries(
    connection: Connection, payloads: Sequence[Mapping[str, bytes]]
) -> list[Mapping[str, tuple[int, bytes]]]:
    """Keep a dictionary for each hash that has none; those now kept for the hashes asked for."""
    rows = [{"probe_hash": hashed, "content": content} for payload in payloads for hashed, content in payload.items()]
    connection.execute(insert_sqlite(dictionaries).on_conflict_do_nothing(), rows)
    return [find_dictionaries(connection, list(payload)) for payload in payloads]


def find_dictionaries(connection: Connection, hashes: Sequence[str]) -> Mapping[str, tuple[int, bytes]]:
    rows = connection.execute(select(dictionaries).where(dictionaries.c.probe_hash.in_(hashes)))
    return {row.probe_hash: (row.number, row.content) for row in rows}


def dictionary(connection: Connection, number: int) -> bytes | None:
    return connection.scalar(select(dictionaries.c.content).where(dictionaries.c.number == number))
