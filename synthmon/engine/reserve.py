"""File descriptors that no run may take: pages, the database and notifications still have some when runs have many."""

from __future__ import annotations

import errno
import os
import resource

RESERVE = 32  # enough for a file of the database, a few requests for pages and a message to each channel


def check(descriptor: int) -> None:
    """Raise `OSError` (EMFILE) if this one, given to a run, would leave fewer than the reserve.

    The system gives the lowest number that is free, so a high number says how few are left. Of a limit so low that the
    reserve would be a large part of it, a quarter is held back.
    """
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY and descriptor >= most - min(RESERVE, most // 4):
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
