"""Writing down what was found and what was not: runs, their dictionaries, missed slots."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from operator import attrgetter
from typing import Any

from sqlalchemy import bindparam, delete, exists, select
from sqlalchemy.engine import Connection
from sqlalchemy.sql import Executable

from synthmon.model.history import MissedSlot
from synthmon.model.run import RunKind, RunResult
from synthmon.nouns import dataclass
from synthmon.store.counting import Counter, hold
from synthmon.store.document import Dictionaries, Packed
from synthmon.store.inserts import insert, insert_new
from synthmon.store.tables import dictionaries, missed, runs
from synthmon.store.types import Clean, Instant
from synthmon.store.writer import Work, one_by_one
from synthmon.wire.fields import seconds_to_json

Row = Mapping[str, Any]

JUDGE = "judge"
_evidence = attrgetter("evidence")  # of a step


@dataclass(frozen=True, slots=True)
class Incoming:
    """A run to be kept, with the text of its document if somebody has written it already. `exact`: it is what its
    document says, to the microsecond.
    """

    run: RunResult
    text: bytes | None = None
    exact: bool = False


def _row(incoming: Incoming, documents: Dictionaries) -> Row:
    """A row of `runs` but for its `arrival`: the columns of `rows.row_of`, and the document."""
    result = incoming.run
    key, failure = result.key, result.failures[0] if result.failures else None
    run_id, further = key.id, bool(result.cleanup or result.leftovers)
    number, document = documents.pack(result, incoming.text, run_id)
    return {
        "slot": key.slot,
        "id": run_id,
        "probe": key.probe,
        "region": key.region,
        "kind": key.kind,
        "n": key.n,
        "outcome": result.outcome,
        "started_at": result.started_at,
        "duration": seconds_to_json(result.duration),
        "latency": seconds_to_json(result.latency),
        "failed_step": result.failed_step,
        "failure_kind": None if failure is None else failure.kind.value,
        "message": result.reason if failure is None else failure.message,
        "flaky": result.flaky,
        "late": seconds_to_json(result.quality.late),
        "cleanup_failed": further and result.cleanup_failed,
        "suspect": result.quality.suspect,
        "dictionary": number,
        "document": document,
        "evidence": any(map(_evidence, result.every_step if further else result.steps)),
    }


Put = Callable[[Connection, Sequence[Row]], set[str]]
"""Numbers the rows in their order, inserts them, and forgets missed slots that they fill; the ids of the new ones. Each
database has its own: `sqlite.putting`, `postgres.putting`.
"""


def _forget(_: object) -> None:
    """Nobody reads what was kept a moment ago."""


def keeper_of_runs(
    documents: Dictionaries, put: Put, remember: Callable[[Iterable[Packed]], None] = _forget
) -> Work[Sequence[Incoming], int]:
    """Work that keeps everybody's results in one statement; how many of each payload's were new. `remember` is told of
    those that were delivered.

    Results become rows here, in the writer's thread, though it looks better to have every caller do its own: Python
    runs one thread at a time, and the writer asks for its turn after each row, so callers busy with their documents
    would make every commit wait (measured with 16 of them: half as many runs a second).
    """

    def work(connection: Connection, payloads: Sequence[Sequence[Incoming]]) -> list[int]:
        rows = [[_row(incoming, documents) for incoming in payload] for payload in payloads]
        remember(_exact(payloads, rows, documents))
        new = put(connection, [row for payload in rows for row in payload])
        return [_taken(new, payload) for payload in rows]

    return work


def _exact(
    payloads: Sequence[Sequence[Incoming]], rows: Sequence[Sequence[Row]], documents: Dictionaries
) -> Iterator[Packed]:
    for incoming, row in zip(chain.from_iterable(payloads), chain.from_iterable(rows), strict=True):
        if incoming.exact:
            document, text = row["document"], incoming.text
            size = documents.size(incoming.run, row["dictionary"], document) if text is None else len(text)
            yield Packed(incoming.run, document, size)


def _taken(new: set[str], payload: Sequence[Row]) -> int:
    """How many of the new ids this payload brought first."""
    mine = new & {row["id"] for row in payload}
    new -= mine
    return len(mine)


def _note(connection: Connection, slots: Sequence[MissedSlot]) -> int:
    hold(connection, Counter.ARRIVAL)  # a run of the slot that is kept at this moment would not be seen
    ordered = sorted(slots, key=lambda slot: (slot.probe, slot.region, slot.slot))
    rows = [{name: getattr(slot, name.removeprefix("a_")) for name in _SLOT} for slot in ordered]
    return connection.execute(_noting(connection), rows, execution_options={"preserve_rowcount": True}).rowcount


_SLOT: Mapping[str, Any] = {"a_probe": Clean, "a_region": Clean, "a_slot": Instant, "a_reason": Clean}


def _noting(connection: Connection) -> Executable:
    """Inserts one slot, unless it has a run or is known. It is the same for all, so that they go as one."""
    values: dict[str, Any] = {name: bindparam(name, type_=kind) for name, kind in _SLOT.items()}
    has_run = exists().where(
        runs.c.probe == values["a_probe"],
        runs.c.region == values["a_region"],
        runs.c.slot == values["a_slot"],
        runs.c.kind == RunKind.SCHEDULED,
    )
    columns = [name.removeprefix("a_") for name in _SLOT]
    return (
        insert(connection, missed)
        .from_select(columns, select(*values.values()).where(~has_run))
        .on_conflict_do_nothing()
    )


def _withdraw(connection: Connection, after: datetime) -> int:
    return connection.execute(delete(missed).where(missed.c.slot > after)).rowcount


withdraw_missed = one_by_one(_withdraw)
note_missed = one_by_one(_note)


def make_dictionaries(
    connection: Connection, payloads: Sequence[Mapping[str, bytes]]
) -> list[Mapping[str, tuple[int, bytes]]]:
    """Keep a dictionary for each hash that has none; those now kept for the hashes asked for."""
    samples = {hashed: content for payload in payloads for hashed, content in payload.items()}
    rows = [{"probe_hash": hashed, "content": samples[hashed]} for hashed in sorted(samples)]
    connection.execute(insert_new(connection, dictionaries), rows)
    return [find_dictionaries(connection, list(payload)) for payload in payloads]


def find_dictionaries(connection: Connection, hashes: Sequence[str]) -> Mapping[str, tuple[int, bytes]]:
    rows = connection.execute(select(dictionaries).where(dictionaries.c.probe_hash.in_(hashes)))
    return {row.probe_hash: (row.number, row.content) for row in rows}


def dictionary(connection: Connection, number: int) -> bytes | None:
    return connection.scalar(select(dictionaries.c.content).where(dictionaries.c.number == number))
