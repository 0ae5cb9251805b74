"""How events are written: one JSON object a line, of our own or of ECS, or readable lines where a terminal watches.

A daemon's log goes through an outlet: a reader that has gone (`synthmon up 2>&1 | head`) or stands still (Ctrl-S on a
terminal, a full pipe) must neither stop nor delay a run.
"""

from __future__ import annotations

import io
import logging
import sys
import threading
from collections import deque
from collections.abc import MutableMapping
from typing import Any, TextIO, cast

from synthmon.app.ecs import to_ecs
from synthmon.events import unaccompanied
from synthmon.model import words

with unaccompanied():
    import structlog

_log = structlog.get_logger()

ECS = "ecs"
FORMS = ("auto", "json", "text", ECS)
MOST_WAITING = 10_000  # pieces of text; older ones are dropped and counted


class Outlet(io.TextIOBase):
    """Writes to a stream's file from a thread of its own; whoever writes here never waits and never sees an error.

    Past the stream's own buffer, which would keep what could not be written and fail again when the process ends.
    """

    def __init__(self, stream: TextIO, most_waiting: int = MOST_WAITING) -> None:
        super().__init__()
        self._stream = stream
        self._file = io.FileIO(stream.fileno(), "w", closefd=False)
        self._waiting: deque[str] = deque()
        self._most = most_waiting
        self._changed = threading.Condition()
        self._writing = False
        self.dropped = self._told = 0
        threading.Thread(target=self._loop, name="log", daemon=True).start()

    def write(self, text: str) -> int:
        with self._changed:
            if len(self._waiting) >= self._most:
                self._waiting.popleft()
                self.dropped += 1
            self._waiting.append(text)
            self._changed.notify_all()
        return len(text)

    def isatty(self) -> bool:
        return self._stream.isatty()

    def drain(self, timeout: float) -> bool:
        """Wait until all is written, for at most `timeout` seconds; whether it is."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and not self._writing, timeout)

    def _loop(self) -> None:
        went = False
        while True:
            with self._changed:
                self._writing = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: bool(self._waiting))
                text, self._writing = "".join(self._waiting), True
                self._waiting.clear()
            if went:
                self._own_up()
            went = self._put(text)

    def _own_up(self) -> None:
        """Once lines go out again, say how many did not; while none waits, so that this one takes no other's place."""
        with self._changed:
            new, self._told = self.dropped - self._told, self.dropped
        if new:
            _log.warning("log.dropped", lines=new)

    def _put(self, text: str) -> bool:
        left = memoryview(text.encode("utf-8", "backslashreplace"))
        try:
            while left:
                left = left[self._file.write(left) :]
        except OSError:  # nobody reads it, or the disk is full
            with self._changed:
                self.dropped += text.count("\n")
            return False
        return True


def set_up(
    stream: TextIO | None = None, *, form: str = "auto", level: int = logging.INFO, outlet: bool = False
) -> TextIO:
    """Send synthmon's events, and the libraries' warnings, to `stream` (standard error by default), in one of `FORMS`.

    Gives what they are written to: with `outlet`, an `Outlet` that ought to be drained at the end.
    """
    behind = stream or sys.stderr
    out = cast("TextIO", Outlet(behind)) if outlet else behind
    readable = form == "text" or (form == "auto" and out.isatty())
    renderer: structlog.typing.Processor
    if readable:
        renderer = structlog.dev.ConsoleRenderer(colors=out.isatty())
    else:
        renderer = to_ecs if form == ECS else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso" if not readable else "%H:%M:%S", utc=not readable),
            structlog.processors.format_exc_info,
            _printable,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out) if readable else _Forwarding()
    logging.basicConfig(
        handlers=[handler], level=logging.WARNING, format="%(levelname)s %(name)s %(message)s", force=True
    )
    # An overrun is logged by the agent as `run.skipped`; the scheduler's own line would say it twice.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    return out


class _Forwarding(logging.Handler):
    """Has what a library says written as an event like any other, so that every line is JSON."""

    def emit(self, record: logging.LogRecord) -> None:
        say = _log.error if record.levelno >= logging.ERROR else _log.warning
        say("library.said", logger=record.name, text=record.getMessage(), exc_info=record.exc_info)


def _printable(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Nothing a target sent may steer a terminal or forge a line."""
    for key, value in event.items():
        if isinstance(value, str) and key != "exception":
            event[key] = words.printable(value)
    return event
