"""What regions were asked to run: looked up by one of the agents that wait for it, for all who have heard as much.

Fifty agents wait, and ask four times a second each. Forty threads that look at once keep each other from it: one that
waits for the interpreter wakes every five milliseconds, which took a fifth of a busy centre's processor.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from synthmon.model.agent import Asked

LOOK_EVERY = 0.2  # seconds from one look to the next one that would find the same

Find = Callable[[str, int], Asked]
"""From a region and a number to what the region was asked after it, and the number that was given last to any."""


class Questions:
    """Thread-safe, as each look stands for itself: at worst there is one too many. What `find` raises passes."""

    def __init__(self, find: Find, now: Callable[[], float] = time.monotonic) -> None:
        self._find, self._now = find, now
        self._last = -1  # number that was given to any region
        self._nothing: dict[str, tuple[int, int]] = {}  # by region: after that number up to this one it has none
        self._looks: dict[str | None, float] = {}  # since when; None: for all who have heard of the last number

    def asked(self, region: str, after: int) -> Asked:
        found = self._find(region, after)
        self._last = found.last
        if found.keys:  # the others of the region need not wait for their turn: each has to be told
            self._nothing.pop(region, None)
            self._looks.pop(region, None)
        else:
            first, last = self._nothing.get(region, (after, after))
            self._nothing[region] = (first if first <= after <= last else after, found.last)
        return found

    def nothing(self, region: str, after: int) -> bool:
        """Whether nothing is known that the region was asked after that number, and somebody else looks, or did just
        now. Whoever hears False is to look, at once.
        """
        first, last = self._nothing.get(region, (after, after))
        heard = last if first <= after <= last else after
        who, now = None if heard == self._last else region, self._now()
        if now - self._looks.get(who, float("-inf")) < LOOK_EVERY:
            return True
        self._looks[who] = now
        return False
