"""How many runs a process walks at once: enough for those that are expected, within bounds."""

from __future__ import annotations

from collections.abc import Sequence

FEWEST_WORKERS, MOST_WORKERS = 16, 512


def workers_for(load: Sequence[tuple[float, float]]) -> int:
    """Worker threads for (timeout, interval) pairs in seconds: twice the runs expected at once, within bounds."""
    return max(FEWEST_WORKERS, min(MOST_WORKERS, round(2 * at_once(load))))


def at_once(load: Sequence[tuple[float, float]]) -> float:
    """Runs under way while every target hangs until the timeout, of (timeout, interval) pairs in seconds."""
    return sum(min(1.0, timeout / interval) for timeout, interval in load)
