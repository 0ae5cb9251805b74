"""Terms of leadership as a row, and work that is done only while the term of whoever asks for it is the newest.

The row is locked for sharing by what a leader writes, and changed by whoever begins the next term: he waits until what
is under way is decided, and what comes later is refused. So nobody reads rows, thinks that he is the only one who
changes them, and is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection

from synthmon.errors import Fenced
from synthmon.model.term import Term, following
from synthmon.nouns import dataclass
from synthmon.store.keeping import JUDGE
from synthmon.store.tables import leadership
from synthmon.store.writer import Work, one_by_one

P = TypeVar("P")
R = TypeVar("R")

_newest = select(leadership).where(leadership.c.name == JUDGE)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Who begins a term, and when."""

    instance: str
    at: datetime


def elect(connection: Connection, candidate: Candidate) -> Term:
    """Begin the next term. Whoever calls it is the only one: on PostgreSQL he holds the lock of `leadership`."""
    before = connection.execute(_newest.with_for_update()).one_or_none()
    epoch = following(None if before is None else before.epoch, candidate.at)
    begun = {"epoch": epoch, "instance": candidate.instance, "since": candidate.at}
    if before is None:
        connection.execute(insert(leadership).values(name=JUDGE, **begun))
    else:
        connection.execute(update(leadership).where(leadership.c.name == JUDGE).values(**begun))
    return Term(epoch, candidate.instance, candidate.at)


elect_one = one_by_one(elect)


def newest(connection: Connection) -> Term | None:
    """The term that was begun last; None before the first one."""
    row = connection.execute(_newest).one_or_none()
    return None if row is None else Term(row.epoch, row.instance, row.since)


def check(epoch: int, term: Term | None) -> None:
    """Raise `Fenced` unless that is the newest term. A number that is too high is of a database since put back."""
    if term is None or term.epoch != epoch:
        newest_one = f"term {term.epoch} of {term.instance} is" if term else "none is"
        raise Fenced(f"the term {epoch} of leadership is over: {newest_one} in force now")


def fenced(work: Work[P, R]) -> Work[tuple[int | None, P], R]:
    """The same work for payloads that name the term they belong to; None is work that needs none."""

    def guarded(connection: Connection, payloads: Sequence[tuple[int | None, P]]) -> Sequence[R]:
        epochs = {epoch for epoch, _ in payloads if epoch is not None}
        if epochs:
            row = connection.execute(_newest.with_for_update(read=True)).one_or_none()
            term = None if row is None else Term(row.epoch, row.instance, row.since)
            for epoch in sorted(epochs):
                check(epoch, term)
        return work(connection, [payload for _, payload in payloads])

    return guarded
