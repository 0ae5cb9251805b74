"""When the next delivery is due: results that come one after the other go together, and bad news does not wait.

Each request costs the centre as much as several results do. An agent with two thousand probes has a result every 30 ms;
sent one by one they would keep a centre busy with nothing but requests.
"""

from __future__ import annotations

from collections.abc import Iterable

from synthmon.model.run import RunResult

APART = 1.0  # seconds between two deliveries
HURRIED = 0.25  # where something went wrong


class Pace:
    """All instants are seconds of one clock. What comes after a second of nothing is due at once."""

    def __init__(self) -> None:
        self._began = float("-inf")
        self._hurry = False

    def came(self, results: Iterable[RunResult]) -> bool:
        """There is more to send; whether it is urgent."""
        urgent = not all(result.outcome.good for result in results)
        self._hurry = self._hurry or urgent
        return urgent

    def begins(self, now: float) -> None:
        """A delivery begins, of all that has come so far."""
        self._began, self._hurry = now, False

    def goes_on(self) -> None:
        """There was nothing to deliver, or more than one delivery holds: nobody need wait for the next one."""
        self._began = float("-inf")

    def wait(self, now: float) -> float:
        """Seconds until the next delivery may begin."""
        return max(0.0, self._began + (HURRIED if self._hurry else APART) - now)
