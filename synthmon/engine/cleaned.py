"""The last thing that happens to a run's result: every text in it is scrubbed and made fit for storing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from functools import lru_cache
from typing import Any

from synthmon.model.run import RunResult
from synthmon.model.secret import Scrubber

LONGEST = 8192  # characters of any one text in a result

_NAMES = frozenset({"key", "id", "failed_step", "trace_id", "probe_hash"})  # of the declaration, or derived: joined on
_WHOLE = frozenset({"request_body", "response_body"})  # scrubbed before they were cut: no `…` of ours in them
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


@lru_cache
def _open_fields(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind) if field.name not in _NAMES)


def _texts(value: Any) -> Iterator[str]:
    if type(value) is str:
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif is_dataclass(value) and not isinstance(value, type):
        for name in _open_fields(type(value)):
            yield from _texts(getattr(value, name))


def _changed(value: Any, change: Callable[[str, bool], str], *, whole: bool = False) -> Any:
    """The value with every text changed; tuples, mappings and dataclasses are rebuilt, all else is kept."""
    if type(value) is str:
        return change(value, whole)
    if isinstance(value, tuple):
        return tuple(_changed(item, change, whole=whole) for item in value)
    if isinstance(value, Mapping):
        return {name: _changed(item, change) for name, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        names = _open_fields(type(value))
        return replace(value, **{name: _changed(getattr(value, name), change, whole=name in _WHOLE) for name in names})
    return value
