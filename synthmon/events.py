"""What rooms say events with: structlog's logger, loaded when the first event is said.

structlog brings rich and asyncio with it, a twentieth of what starting a command costs; `validate` and most of `run`
say no event at all. How events are written is set up in `app.logs`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_NOT_NEEDED = ("rich.console", "greenlet")  # for tracebacks in colour, and for threads of another kind


@contextmanager
def unaccompanied() -> Iterator[None]:
    """structlog, loaded within this, does without what it would bring if it is installed and not loaded yet.

    A process that lives as long as it is let live would hold it for good: more than two MiB. For the main thread,
    before there are others: one that loaded rich just then would be told that there is none.
    """
    absent = dict.fromkeys(name for name in _NOT_NEEDED if name not in sys.modules)
    sys.modules |= absent  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


class Events:
    """`_log = Events()` at the head of a file, then `_log.info("run.kept", probe=…)`."""

    _logger: Any = None

    def __getattr__(self, name: str) -> Any:
        if self._logger is None:
            import structlog

            self._logger = structlog.get_logger()  # itself bound anew for each event, to what is configured by then
        return getattr(self._logger, name)
