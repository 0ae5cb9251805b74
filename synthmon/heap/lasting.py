"""Keeps Python's collector of cycles away from what stays: probes, and what was made of them when they first ran.

The collector looks through all that is old whenever a quarter as much has come. With a thousand probes that takes a
tenth of a second, in which no thread of ours goes on: every run that is due meanwhile is late. What it is kept away
from is freed as ever when nothing refers to it any more; only what refers to itself would stay, and is looked for again
when there is twice as much.
"""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Mapping

TEND_EVERY = 10.0  # seconds
LOOK_EACH = 6  # times
# Python looks after each 700 objects that came and did not go. A result that is read is a hundred, all of which go by
# themselves: a centre that takes many would spend more time with looking than with taking.
YOUNG = 50_000
MIDDLE = 5  # looks at the young, after which those that stayed are looked at together once more
OFTEN = 3  # times after a start: what runs under way refer to in circles just then is freed late
MANY = 20_000  # objects that are old: to look through them takes some milliseconds
TOO_MANY = 200_000  # that are old and not left alone: a tenth of a second, in which no thread goes on
A_LOT = 1_000_000  # in all: to look through them takes a second


_M_ARENA_MAX = -8  # of malloc.h, https://man7.org/linux/man-pages/man3/mallopt.3.html


def share_one_arena() -> None:
    """Have all threads allocate from one place, where the C library has several; before there are threads.

    glibc gives up to eight arenas a core to threads, and what one of them has freed no other uses: with hundreds of
    workers memory grew for hours. Python runs one thread at a time, so they hardly ever wait for each other here.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none, and no arenas
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 1)


def give_back() -> None:
    """Give the system what the C library holds and nobody uses: of a hundred threads that ended it kept ten MiB."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's; musl gives back by itself
    if trim is not None:
        trim(0)


class Heap:
    """Of the whole process, so only whoever owns that has one. `settle` once, `tend` every ten seconds."""

    def __init__(self) -> None:
        self._settled = self._left = self._tended = 0

    def settle(self) -> None:
        """Find all cycles that are garbage now, which takes as long as it ever does, and leave the rest alone."""
        gc.set_threshold(YOUNG, MIDDLE, 100)
        if _not_too_many not in gc.callbacks:
            gc.callbacks.append(_not_too_many)
        gc.unfreeze()
        gc.collect()
        self._leave_alone()
        self._settled, self._left = gc.get_freeze_count(), OFTEN

    def tend(self) -> None:
        """Look each minute, and give back what is free each time, which takes half a millisecond.

        A start, or a time when everything took long, has many threads at work at once: what they held would count until
        the minute is over, and what came meanwhile would lie between it.
        """
        self._tended += 1
        if self._tended % LOOK_EACH == 0:
            self.look()
        give_back()

    def look(self) -> None:
        """Leave alone what became old since then and is no garbage, while things are used for the first time."""
        became_old = len(gc.get_objects(generation=2))
        # A report leaves alone what there is when it is made, its garbage too, and nothing is old after it: so what is
        # left alone counts as well.
        if self._is_time(gc.get_freeze_count() + became_old):
            self.settle()
        elif became_old >= MANY and self._left:
            self._left -= 1
            gc.collect()
            self._leave_alone()

    def _is_time(self, there: int) -> bool:
        """Whether all has to be looked through again. Where that takes a second and more it is done half as often: a
        centre that learns of a hundred thousand pairs in its first minute would stand still when it has most to do.
        """
        return there > (4 if there > A_LOT else 2) * max(self._settled, MANY)

    @staticmethod
    def _leave_alone() -> None:
        gc.freeze()
        gc.collect()  # of nothing: else the collector waits for a quarter of what it saw last before it looks again


def _not_too_many(phase: str, found: Mapping[str, int]) -> None:
    """After the collector has looked: what it found to stay it need not look through again, where that is much.

    What comes faster than a look each minute can deal with would else be looked through at once, in a second.
    """
    if phase == "stop" and found["generation"] == 1 and len(gc.get_objects(generation=2)) > TOO_MANY:
        gc.freeze()
