"""File descriptors that no run may take: pages, the database and notifications still have some when runs have many."""

from __future__ import annotations

import errno
import math
import os
import resource
import time

RESERVE = 32  # enough for a file of the database, a few requests for pages and a message to each channel
_GOOD_FOR = 1.0  # seconds for which the limit is taken to be what it was: it is changed from outside, if ever


class _Lowest:
    """The lowest number that no run is given, and until when that is known."""

    number, until = 0.0, -math.inf


def check(descriptor: int) -> None:
    """Raise `OSError` (EMFILE) if this one, given to a run, would leave fewer than the reserve.

    The system gives the lowest number that is free, so a high number says how few are left. Of a limit so low that the
    reserve would be a large part of it, a quarter is held back.
    """
    now = time.monotonic()
    if now >= _Lowest.until:
        read_again(now)
    if descriptor >= _Lowest.number:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


def read_again(now: float) -> None:
    """Look at the limit."""
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    endless = most == resource.RLIM_INFINITY
    _Lowest.number, _Lowest.until = math.inf if endless else most - min(RESERVE, most // 4), now + _GOOD_FOR
