"""Keeps the answers for some seconds, so that a flood of readers costs one look at the database."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic

from synthmon.errors import StoreError
from synthmon.nouns import dataclass

FRESH, STALE = 5.0, 300.0  # seconds for which answers are kept; and while the database is away


@dataclass(frozen=True, slots=True)
class Answers:
    """What is sent, ready made."""

    html: bytes
    json: bytes


class Kept:
    """Thread-safe. One reader at a time makes the answers anew; the others are given those of before meanwhile.

    `make` gives None where nothing is public; `monotonic` is a clock in seconds.
    """

    def __init__(self, make: Callable[[], Answers | None], monotonic: Callable[[], float]) -> None:
        self._make, self._monotonic = make, monotonic
        self._turn = threading.Lock()
        self._answers: Answers | None = None
        self._trouble: StoreError | None = None
        self._made = self._tried = float("-inf")

    def get(self) -> Answers | None:
        """The answers; raises `StoreError` once the database has been away for so long that they would mislead."""
        if not self._is_due():
            return self._said()
        if not self._turn.acquire(blocking=self._tried == float("-inf")):
            return self._said()
        try:
            if self._is_due():
                self._look()
        finally:
            self._turn.release()
        return self._said()

    def _is_due(self) -> bool:
        return self._monotonic() - self._tried >= FRESH

    def _look(self) -> None:
        try:
            self._answers, self._trouble = self._make(), None
            self._made = self._monotonic()
        except StoreError as error:
            self._trouble = error
        finally:
            self._tried = self._monotonic()

    def _said(self) -> Answers | None:
        if self._trouble is not None and self._monotonic() - self._made >= STALE:
            raise StoreError("the database is away")
        return self._answers


def nothing_public() -> Kept:
    """Where no page for everybody was asked for."""
    return Kept(lambda: None, monotonic)
