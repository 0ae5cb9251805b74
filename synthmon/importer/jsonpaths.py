"""Ways into a JSON document -> JSONPath (RFC 9535), from keys and indices, from JSON Pointer, from JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterable

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_JS = re.compile(r"\.([A-Za-z_$][\w$]*)|\[\s*(?:(\d{1,9})|'([^'\\]*)'|\"([^\"\\]*)\")\s*\]")
_UNESCAPED = {"~1": "/", "~0": "~"}


def from_steps(steps: Iterable[str | int]) -> str:
    """`("items", 0, "first-name")` -> `$.items[0]['first-name']`."""
    return "$" + "".join(map(_segment, steps))


def _segment(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    if _NAME.fullmatch(step):
        return f".{step}"
    escaped = step.replace("\\", "\\\\").replace("'", "\\'")
    return "['" + "".join(c if c >= " " else f"\\u{ord(c):04x}" for c in escaped) + "']"


def from_pointer(pointer: str) -> str:
    """A JSON Pointer (RFC 6901) as a path; a number is taken for the index of a list."""
    steps = [re.sub("~[01]", lambda found: _UNESCAPED[found[0]], part) for part in pointer.split("/")[1:]]
    return from_steps(int(step) if re.fullmatch(r"0|[1-9][0-9]{0,8}", step) else step for step in steps)


def steps_from_javascript(access: str) -> tuple[str | int, ...] | None:
    """`.items[0]["id"]` as keys and indices; None for anything that is more than a way."""
    steps: list[str | int] = []
    at = 0
    while at < len(access):
        found = _JS.match(access, at)
        if found is None:
            return None
        name, index, single, double = found.groups()
        steps.append(int(index) if index else next(part for part in (name, single, double) if part is not None))
        at = found.end()
    return tuple(steps)


def last_name(steps: Iterable[str | int]) -> str:
    """The last key on the way, for names; with the one before it where it says too little."""
    names = [step for step in steps if isinstance(step, str)]
    if len(names) > 1 and names[-1].lower() in ("id", "value", "name", "key", "code"):
        return f"{names[-2].removesuffix('s')}_{names[-1]}"
    return names[-1] if names else "value"
