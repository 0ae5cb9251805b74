"""A process that can open little or nothing any more."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager


@contextmanager
def few_left(number: int) -> Iterator[None]:
    """So many file descriptors are left to this process; what is open stays so, what is closed can be opened again."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken = [os.dup(0) for _ in range(number + 1)]
    for descriptor in taken:
        os.close(descriptor)
    resource.setrlimit(resource.RLIMIT_NOFILE, (taken[-1], hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def none_left() -> AbstractContextManager[None]:
    return few_left(0)
