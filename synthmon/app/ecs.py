"""Events in the field names of the Elastic Common Schema (8.17), as its logging libraries write them: flat, dotted.

What the schema has a name for gets it; everything else an event says lies under `synthmon.`, where a name always has
values of one type: text, a number, true or false, or a list of texts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from synthmon import __version__

VERSION = "8.17"
DATASET = "synthmon.log"
_OUTCOMES = {"passed": "success", "degraded": "success", "failed": "failure", "error": "unknown", "skipped": "unknown"}
_NANOSECONDS = 1_000_000_000


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)


def _duration(value: Any) -> Any:
    return round(value * _NANOSECONDS) if isinstance(value, int | float) else None


# Our names that the schema has one for: what it is called there, and how it is written.
FIELDS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "timestamp": ("@timestamp", _text),
    "level": ("log.level", _text),
    "logger": ("log.logger", _text),
    "error": ("error.message", _text),
    "exception": ("error.stack_trace", _text),
    "by": ("user.name", _text),
    "user": ("user.name", _text),
    "address": ("source.address", _text),
    "instance": ("service.node.name", _text),
    "environment": ("service.environment", _text),
    "seconds": ("event.duration", _duration),
    "trace_id": ("trace.id", _text),
    "text": ("message", _text),
}


def to_ecs(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> str:
    """One event as a line of JSON; the last of structlog's processors."""
    action = str(event.pop("event", "said"))
    known: dict[str, Any] = {
        "@timestamp": event.pop("timestamp", ""),
        "log.level": event.pop("level", "info"),
        "message": action,
        "ecs.version": VERSION,
        "service.name": "synthmon",
        "service.type": "synthmon",
        "service.version": __version__,
        "event.dataset": DATASET,
        "event.action": action,
        "event.kind": "event",
    }
    if action.startswith("run.") and event.get("outcome") in _OUTCOMES:
        known["event.outcome"] = _OUTCOMES[event["outcome"]]
    for name, value in event.items():
        place, write = FIELDS.get(name, (f"synthmon.{name}", _plain))
        written = write(value)
        if written is not None:
            known[place] = written
    if "error.stack_trace" in known:
        last = known["error.stack_trace"].rstrip().rpartition("\n")[2]
        known["error.type"] = last.partition(":")[0]
        known.setdefault("error.message", last.partition(": ")[2])
    return json.dumps(known, ensure_ascii=False, default=str)


def _plain(value: Any) -> Any:
    """Text, a number, a truth or a list of texts; nothing for nothing."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return [_text(one) for one in value]
    return _text(value) if isinstance(value, Mapping) else str(value)
