"""A process that can open little or nothing any more."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from synthmon.engine import reserve


@contextmanager
def few_left(number: int) -> Iterator[None]:
    """So many file descriptors are left to this process; what is open stays so, what is closed can be opened again."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(int(path.name) for path in Path("/dev/fd").iterdir())
    taken = [os.dup(0)]
    while taken[-1] <= highest + number:  # the gaps between those that are open are filled, too
        taken.append(os.dup(0))
    filling, left = taken[: -(number + 1)], taken[-(number + 1) :]
    for descriptor in left:
        os.close(descriptor)
    resource.setrlimit(resource.RLIMIT_NOFILE, (left[-1], hard))
    reserve.read_again(time.monotonic())
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        reserve.read_again(time.monotonic())
        for descriptor in filling:
            os.close(descriptor)


def none_left() -> AbstractContextManager[None]:
    return few_left(0)
