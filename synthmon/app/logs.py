"""How events are written: one JSON object a line, or readable lines when a terminal is watching."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

from synthmon.model import words


def set_up(stream: TextIO | None = None, *, pretty: bool | None = None, level: int = logging.INFO) -> None:
    """Send synthmon's events, and the libraries' warnings, to `stream` (standard error by default)."""
    out = stream or sys.stderr
    readable = out.isatty() if pretty is None else pretty
    renderer = structlog.dev.ConsoleRenderer(colors=out.isatty()) if readable else structlog.processors.JSONRenderer()
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
    logging.basicConfig(stream=out, level=logging.WARNING, format="%(levelname)s %(name)s %(message)s", force=True)
    # An overrun is logged by the agent as `run.skipped`; the scheduler's own line would say it twice.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def _printable(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Nothing a target sent may steer a terminal or forge a line."""
    for key, value in event.items():
        if isinstance(value, str) and key != "exception":
            event[key] = words.printable(value)
    return event
