"""Which process judges, and how it knows: a port, and the simple case of a process that has its database for itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from synthmon.events import Events
from synthmon.model.term import Term

_log = Events()


class Leadership(Protocol):
    """`start` once, `stop` once. `term` answers at once, to any thread."""

    alone: bool
    """Whether no other process can share the database."""

    def start(self) -> None: ...

    def stop(self) -> None: ...

    @property
    def trouble(self) -> str | None:
        """Why it cannot be settled who leads, in a sentence; None when it can be."""
        ...

    def term(self) -> Term | None:
        """The term in which this process leads; None when it does not, or cannot be sure."""
        ...


class Elects(Protocol):
    """As much of a store as a term needs."""

    def elect(self, instance: str, at: datetime) -> Term: ...


class Alone:
    """Leads from its start to its end, as nobody else has the database."""

    alone = True
    trouble: str | None = None

    def __init__(self, store: Elects, instance: str, now: Callable[[], datetime]) -> None:
        self._store, self._instance, self._now = store, instance, now
        self._term: Term | None = None

    def start(self) -> None:
        self._term = self._store.elect(self._instance, self._now())
        _log.info("leadership.won", epoch=self._term.epoch, instance=self._instance)

    def stop(self) -> None:
        self._term = None

    def term(self) -> Term | None:
        return self._term
