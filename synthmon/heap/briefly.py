"""Keeps Python's collector of cycles from looking through a report while it is made.

A report of a thousand probes is some millions of objects, none of which refers to itself; they all live until it is
written, and the collector would look at every one of them again and again: for half of the time that it takes. What
there is afterwards it takes for old, so that it does not look through all of it in its next short turn either.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_under_way = [0, False]  # how many reports are being made, and whether the collector ran before the first of them


@contextmanager
def left_alone() -> Iterator[None]:
    """No cycles are looked for meanwhile, in no thread; what nothing refers to any more goes at once, as ever."""
    with _lock:
        if _under_way[0] == 0:
            _under_way[1] = gc.isenabled()
            gc.disable()
        _under_way[0] += 1
    try:
        yield
    finally:
        with _lock:
            _under_way[0] -= 1
            if _under_way[0] == 0 and _under_way[1]:
                _grow_old()
                gc.enable()


def _grow_old() -> None:
    """Without looking through it. Where somebody keeps the collector away from what is old, that stays so."""
    kept_away = gc.get_freeze_count() > 0
    gc.freeze()
    if not kept_away:
        gc.unfreeze()
