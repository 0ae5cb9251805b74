"""Values as YAML that reads as if a person had written it: short mappings on one line, quotes only where needed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_WIDTH = 100
_LONGEST_KEY = 500  # characters; YAML wants longer ones announced
_MOST_IN_LINE = 4  # keys of a mapping on one line
_PLAIN = re.compile(r"[A-Za-z0-9_/$.(+‹][^\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]*")
_NO_TEXT = re.compile(r"[-+]?\.?[0-9][0-9a-fA-FxXoO_.,:eE+-]*|[-+]?\.(inf|nan)|", re.IGNORECASE)
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "~"})
_AWKWARD = re.compile(r": |:$|\s#|\s$|^- |^\? ")
_FLOW = re.compile(r"[,\[\]{}]|:(?![\w/])")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_BLOCK_KEYS = frozenset({"request", "expect", "capture", "vars", "auth_profiles"})


def scalar(value: Any, *, flow: bool = False) -> str:
    """One value on one line."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return json.dumps(value)
    return value if _is_plain(value, flow=flow) else _quoted(value)


def _is_plain(text: str, *, flow: bool) -> bool:
    return not (
        not _PLAIN.fullmatch(text)
        or _NO_TEXT.fullmatch(text)
        or text.lower() in _WORDS
        or _AWKWARD.search(text)
        or (flow and _FLOW.search(text))
    )


def _quoted(text: str) -> str:
    return _UNPRINTABLE.sub(_escaped, json.dumps(text, ensure_ascii=False))


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def inline(value: Any) -> str | None:
    """The value on one line, or None if it is better spread over several."""
    if isinstance(value, Mapping):
        return _inline_mapping(value)
    if isinstance(value, list):
        inner = [inline(child) for child in value]
        if any(one is None for one in inner) or (any(isinstance(one, Mapping) for one in value) and len(value) > 1):
            return None
        return f"[{', '.join(one for one in inner if one is not None)}]"
    return scalar(value, flow=True)


def _inline_mapping(value: Mapping[str, Any]) -> str | None:
    if len(value) > _MOST_IN_LINE or any(len(name) > _LONGEST_KEY for name in value):
        return None
    pairs = [(scalar(name, flow=True), inline(child)) for name, child in value.items()]
    if any(child is None for _, child in pairs):
        return None
    return f"{{{', '.join(f'{name}: {child}' for name, child in pairs)}}}"


def block(value: Mapping[str, Any], indent: int = 0) -> Iterator[str]:
    """The lines of a mapping, one key after the other."""
    for name, child in value.items():
        yield from entry(name, child, indent)


def entry(name: str, value: Any, indent: int, lead: str | None = None) -> Iterator[str]:
    """The lines of one key; `lead` is what stands in front of it instead of blanks, such as `  - `."""
    before = " " * indent if lead is None else lead
    if len(name) > _LONGEST_KEY:
        yield f"{before}? {scalar(name)}"
        yield f"{' ' * indent}: {_UNPRINTABLE.sub(_escaped, json.dumps(value, ensure_ascii=False))}"
        return
    head = f"{before}{scalar(name)}:"
    if isinstance(value, str) and _is_block_text(value):
        yield f"{head} |{'' if value.endswith(chr(10)) else '-'}"
        yield from (f"{' ' * (indent + 2)}{line}" if line else "" for line in value.removesuffix("\n").split("\n"))
        return
    if not isinstance(value, Mapping | list) or not value:
        yield f"{head} {_empty_or_scalar(value)}"
        return
    short = None if name in _BLOCK_KEYS else inline(value)
    if short is not None and len(head) + len(short) < _WIDTH:
        yield f"{head} {short}"
    else:
        yield head
        yield from _nested(value, indent + 2)


def _empty_or_scalar(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{}"
    return "[]" if isinstance(value, list) else scalar(value)


def _nested(value: Any, indent: int) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from block(value, indent)
        return
    for child in value:
        yield from element(child, indent)


def element(value: Any, indent: int) -> Iterator[str]:
    """The lines of one element of a list."""
    lead = f"{' ' * indent}- "
    short = inline(value)
    if not isinstance(value, Mapping | list) or not value:
        yield lead + _empty_or_scalar(value)
    elif short is not None and len(lead) + len(short) < _WIDTH:
        yield lead + short
    elif isinstance(value, Mapping):
        first, *rest = value.items()
        yield from entry(*first, indent + 2, lead)
        for name, child in rest:
            yield from entry(name, child, indent + 2)
    else:
        yield f"{lead}"
        yield from _nested(value, indent + 2)


def _is_block_text(text: str) -> bool:
    """Whether the text may stand as it is behind a `|`, and gains by it."""
    return (
        "\n" in text.rstrip("\n")
        and not text.startswith((" ", "\n"))
        and not text.endswith("\n\n")
        and not _UNPRINTABLE.search(text)
        and "\t" not in text
        and "\x85" not in text
        and all(line.strip() or not line for line in text.split("\n"))
    )


def comment(text: str, indent: int = 0, width: int = 116) -> Iterator[str]:
    """The text as comment lines, wrapped at words."""
    lead = f"{' ' * indent}# "
    line = ""
    for word in text.split():
        if line and len(lead) + len(line) + 1 + len(word) > width:
            yield lead + line
            line = ""
        line = f"{line} {word}" if line else word
    if line:
        yield lead + line
