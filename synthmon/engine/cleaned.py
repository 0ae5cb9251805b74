"""The last thing that happens to a run's result: every text in it is scrubbed and made fit for storing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from enum import Enum
from operator import is_
from types import NoneType, UnionType
from typing import Any, get_args, get_type_hints

from synthmon.engine.texts import joined
from synthmon.model.run import RunResult
from synthmon.model.secret import Scrubber
from synthmon.patterns import regular

LONGEST = 8192  # characters of any one text in a result

NAMES = frozenset({"key", "id", "failed_step", "trace_id", "probe_hash"})  # of the declaration, or derived: joined on
_WHOLE = frozenset({"request_body", "response_body"})  # scrubbed before they were cut: no `…` of ours in them
_FIELDS: dict[type, tuple[str, ...]] = {}
_WITHOUT_TEXT = frozenset({NoneType, bool, int, float, datetime})
_UNSTORABLE = regular("[\0\ud800-\udfff]")


def cleaned(result: RunResult, scrubber: Scrubber) -> RunResult:
    """The result without secrets, lone surrogates and NULs. Most results pass untouched, after one look."""
    everything, longest = joined(result)
    if not (scrubber.finds(everything, longest) or _is_unstorable(everything) or longest > LONGEST):
        return result
    changed: RunResult = _changed(result, lambda text, whole: _clean(text, scrubber, whole=whole))
    return changed


def _is_unstorable(text: str) -> bool:
    """Whether a NUL or half of a surrogate pair is in it; the pattern takes longer to look than UTF-8 to be written."""
    try:
        return b"\0" in text.encode()  # among bytes, where a NUL is found sooner than beside halves of characters
    except UnicodeEncodeError:
        return True


def _clean(text: str, scrubber: Scrubber, *, whole: bool) -> str:
    scrubbed = _UNSTORABLE.sub(
        lambda match: "␀" if match[0] == "\0" else "\ufffd", scrubber.text(text, shortened=not whole)
    )
    return scrubbed if len(scrubbed) <= LONGEST else f"{scrubbed[:LONGEST]}…"


def _open_fields(kind: type) -> tuple[str, ...]:
    """Names of the fields of a dataclass that may hold texts; none for anything else. Looked up once for each type."""
    known = _FIELDS.get(kind)
    if known is None:
        known = _FIELDS[kind] = tuple(_found_open(kind)) if is_dataclass(kind) else ()
    return known


def _found_open(kind: type) -> Iterator[str]:
    hints = get_type_hints(kind)
    for field in fields(kind):
        if field.name not in NAMES and not _textless(hints[field.name]):
            yield field.name


def _textless(hint: Any) -> bool:
    """Whether nothing of that type can hold a text: a number, an instant, a word of ours, what is made of those."""
    if options := get_args(hint):
        return isinstance(hint, UnionType) and all(map(_textless, options))
    if hint in _WITHOUT_TEXT or (isinstance(hint, type) and issubclass(hint, Enum)):
        return True
    return is_dataclass(hint) and isinstance(hint, type) and not _open_fields(hint)


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
