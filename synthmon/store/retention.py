"""Removing what is too old: evidence from documents first, later the runs, in pieces that hold no lock for long.

On PostgreSQL a month of runs that is over and whole goes as one table. A run that is not judged yet stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, select, true, tuple_, update
from sqlalchemy.engine import Connection

from synthmon.errors import MalformedDocument
from synthmon.events import Events
from synthmon.model.run import RunResult, StepResult
from synthmon.nouns import dataclass
from synthmon.store import partitions
from synthmon.store.document import Dictionaries
from synthmon.store.keeping import JUDGE
from synthmon.store.tables import judge, missed, runs
from synthmon.store.writer import Work, one_by_one

_log = Events()


@dataclass(frozen=True, slots=True)
class Piece:
    """What lies before an instant, by its slot, and at most so many rows of it."""

    before: datetime
    limit: int


def without_evidence(result: RunResult) -> RunResult:
    """The same result, of which nobody sees any more what was sent and answered."""
    leftovers = tuple(replace(leftover, steps=_bare(leftover.steps)) for leftover in result.leftovers)
    return replace(result, steps=_bare(result.steps), cleanup=_bare(result.cleanup), leftovers=leftovers)


def _bare(steps: Sequence[StepResult]) -> tuple[StepResult, ...]:
    return tuple(replace(step, evidence=None) if step.evidence is not None else step for step in steps)


def remover_of_evidence(documents: Dictionaries) -> Work[Piece, int]:
    """Work that takes evidence out of documents; of how many runs. One that cannot be read is named, and stays."""

    def remove(connection: Connection, piece: Piece) -> int:
        wanted = select(runs.c.slot, runs.c.id, runs.c.dictionary, runs.c.document).where(
            runs.c.evidence == true(), runs.c.slot < piece.before
        )
        rows = connection.execute(wanted.order_by(runs.c.slot).limit(piece.limit)).all()
        if rows:
            connection.execute(_bared, [_without(documents, row) for row in rows])
        return len(rows)

    return one_by_one(remove)


# An executemany has no plain name in its WHERE that a column of its SET has as well.
_bared = (
    update(runs)
    .where(runs.c.slot == bindparam("a_slot"), runs.c.id == bindparam("an_id"))
    .values(evidence=False, dictionary=bindparam("a_dictionary"), document=bindparam("a_document"))
)


def _without(documents: Dictionaries, row: Any) -> dict[str, Any]:
    number, document = row.dictionary, row.document
    try:
        number, document = documents.pack(without_evidence(documents.unpack(number, document)))
    except MalformedDocument as error:
        _log.error("run.unreadable", count=1, run=row.id, why=str(error))
    return {"a_slot": row.slot, "an_id": row.id, "a_dictionary": number, "a_document": document}


def _remove_runs(connection: Connection, piece: Piece) -> int:
    """Runs, and slots that were missed; how many rows."""
    judged = connection.scalar(select(judge.c.watermark).where(judge.c.name == JUDGE)) or 0
    waiting = connection.scalar(select(func.min(runs.c.slot)).where(runs.c.arrival > judged))
    partitions.drop_before(connection, min(piece.before, waiting) if waiting is not None else piece.before)
    old = select(runs.c.slot, runs.c.id).where(runs.c.slot < piece.before, runs.c.arrival <= judged)
    old = old.order_by(runs.c.slot).limit(piece.limit)
    removed = connection.execute(delete(runs).where(tuple_(runs.c.slot, runs.c.id).in_(old))).rowcount
    key = (missed.c.probe, missed.c.region, missed.c.slot)
    late = select(*key).where(missed.c.slot < piece.before).order_by(missed.c.slot).limit(piece.limit)
    return removed + connection.execute(delete(missed).where(tuple_(*key).in_(late))).rowcount


remove_runs = one_by_one(_remove_runs)
