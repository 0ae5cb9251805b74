"""The last thing that happens to a run's result: every text in it is scrubbed and made fit for storing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from operator import is_
from typing import Any

from synthmon.model.run import RunResult
from synthmon.model.secret import Scrubber

LONGEST = 8192  # characters of any one text in a result

_NAMES = frozenset({"key", "id", "failed_step", "trace_id", "probe_hash"})  # of the declaration, or derived: joined on
_WHOLE = frozenset({"request_body", "response_body"})  # scrubbed before they were cut: no `…` of ours in them
_FIELDS: dict[type, tuple[str, ...]] = {}
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def cleaned(result: RunResult, scrubber: Scrubber) -> RunResult:
    """The result without secrets, lone surrogates and NULs. Most results pass untouched, after one look."""
    everything = "\n".join(_texts(result))
    if not (scrubber.finds(everything) or _UNSTORABLE.search(everything) or len(everything) > LONGEST):
        return result
    changed: RunResult = _changed(result, lambda text, whole: _clean(text, scrubber, whole=whole))
    return changed


def _clean(text: str, scrubber: Scrubber, *, whole: bool) -> str:
    scrubbed = _UNSTORABLE.sub(
        lambda match: "␀" if match[0] == "\0" else "\ufffd", scrubber.text(text, shortened=not whole)
    )
    return scrubbed if len(scrubbed) <= LONGEST else f"{scrubbed[:LONGEST]}…"


def _open_fields(kind: type) -> tuple[str, ...]:
    """Names of the fields of a dataclass that may hold texts; none for anything else. Looked up once for each type."""
    if kind not in _FIELDS:
        open_fields = (field.name for field in fields(kind) if field.name not in _NAMES) if is_dataclass(kind) else ()
        _FIELDS[kind] = tuple(open_fields)
    return _FIELDS[kind]


def _texts(value: Any) -> Iterator[str]:
    kind = type(value)
    if kind is str:
        yield value
    elif kind is tuple:
        for item in value:
            yield from _texts(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    else:
        for name in _open_fields(kind):
            yield from _texts(getattr(value, name))


def _changed(value: Any, change: Callable[[str, bool], str], *, whole: bool = False) -> Any:
    """The value with every text changed; what holds a changed one is rebuilt, all else is the same object."""
    kind = type(value)
    if kind is str:
        return change(value, whole)
    if kind is tuple:
        items = tuple(_changed(item, change, whole=whole) for item in value)
        return value if all(map(is_, items, value)) else items
    if isinstance(value, Mapping):
        return {name: _changed(item, change) for name, item in value.items()}
    news = {}
    for name in _open_fields(kind):
        old = getattr(value, name)
        new = _changed(old, change, whole=name in _WHOLE)
        if new is not old:
            news[name] = new
    return replace(value, **news) if news else value
