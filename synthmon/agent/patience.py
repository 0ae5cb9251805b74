"""How long to wait before something is tried again: with full jitter, so that many agents never come at one instant.

https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""

from __future__ import annotations

from random import Random  # noqa: TID251 - the type; what it draws from is handed in

FIRST, LONGEST = 0.5, 15.0  # seconds
LONGEST_ASKED_FOR = 60.0  # what the centre may ask for at most


class Patience:
    """Grows with each failure in a row. For one thread."""

    def __init__(self, chance: Random, first: float = FIRST, longest: float = LONGEST) -> None:
        self._chance, self._first, self._longest = chance, first, longest
        self._failures = 0

    def worked(self) -> None:
        self._failures = 0

    def next(self, asked_for: float | None = None) -> float:
        """Seconds until the next attempt, at least what the other side asked for."""
        most = min(self._longest, self._first * 2.0 ** min(self._failures, 16))
        self._failures += 1
        return max(self._chance.uniform(0.0, most), min(asked_for or 0.0, LONGEST_ASKED_FOR))
