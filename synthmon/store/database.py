"""What a store needs of the database it stands on; `sqlite.database` and `postgres.database` have it.

The tables and nearly all SQL are the same on both. What differs is behind this port: how to connect, whether what was
connected to is still there, what an error means, and how the schema is upgraded by one process at a time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from synthmon.nouns import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """What an error of the driver means.

    `away`: the database is at fault, so that any other work would have failed as well; False: only this work is.
    `again`: nothing was done, and the same work may well succeed at once. `suspect`: see `Database.trust`.
    """

    what: str
    hint: str | None = None
    away: bool = True
    again: bool = False
    suspect: bool = False
    code: str | None = None


class Unanswered(Exception):
    """The database was silent for longer than anybody should wait."""


class Database(Protocol):
    """Connections are made, never kept: whoever asks for an engine disposes of it. `close` ends everything else."""

    @property
    def shown(self) -> str:
        """The place as messages name it; never with a password."""
        ...

    @property
    def upgrades_itself(self) -> bool:
        """Whether a daemon may upgrade the schema when it starts without having been asked to."""
        ...

    def require(self) -> None:
        """Raise a `StoreError` where there plainly is no database."""
        ...

    def empty(self) -> bool:
        """Whether there is nothing yet, not even something to connect to, so that an upgrade will make it."""
        ...

    def reading_engine(self) -> Engine:
        """A bounded pool for any thread. A transaction sees one state, writes nothing and waits for no writer."""
        ...

    def writing_engine(self) -> Engine:
        """Each connection of it is new; a commit on it returns once it is durable."""
        ...

    def upgrading(self) -> AbstractContextManager[Connection]:
        """One transaction for the schema, made room for, while every other upgrade waits."""
        ...

    def bounded(self, connection: Connection) -> AbstractContextManager[None]:
        """Lets no transaction inside wait for a silent database for ever."""
        ...

    def usable(self, connection: Connection, idle: float) -> bool:
        """Whether an open connection that did nothing for `idle` seconds still leads to the same database."""
        ...

    def trust(self, connection: Connection) -> None:
        """Bring the database into a state that can be trusted after a fault that was `suspect`, or raise."""
        ...

    def put(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> set[str]:
        """Number rows of runs in their order, insert them, forget missed slots that they fill; the ids of the new ones.

        Whoever else puts some waits until the transaction has ended.
        """
        ...

    def fault(self, error: BaseException) -> Fault | None:
        """What an error means; None for what is not the driver's."""
        ...

    def close(self) -> None: ...
