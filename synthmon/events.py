"""What rooms say events with: structlog's logger, loaded when the first event is said.

structlog brings rich and asyncio with it, a twentieth of what starting a command costs; `validate` and most of `run`
say no event at all. How events are written is set up in `app.logs`.
"""

from __future__ import annotations

from typing import Any


class Events:
    """`_log = Events()` at the head of a file, then `_log.info("run.kept", probe=…)`."""

    _logger: Any = None

    def __getattr__(self, name: str) -> Any:
        if self._logger is None:
            import structlog

            self._logger = structlog.get_logger()  # itself bound anew for each event, to what is configured by then
        return getattr(self._logger, name)
