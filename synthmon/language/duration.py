"""Durations as people write them: a number with one unit."""

from __future__ import annotations

import re

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_FORM = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h|d)")
_LONGEST = 3660 * 86400.0  # ten years: anything longer is a slip of the pen


def parse_duration(text: object) -> float:
    """Seconds of `800ms`, `10s`, `5m`, `1h` or `30d`; raises ValueError that says how to write it."""
    if isinstance(text, int | float) and not isinstance(text, bool):
        raise ValueError(f"a duration needs a unit: {text:g}s or {text:g}ms")  # noqa: TRY004 - as promised
    found = _FORM.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError(_advice(text))
    seconds = round(float(found[1]) * _UNITS[found[2]], 9)
    if seconds > _LONGEST:
        raise ValueError(f"{text} is longer than ten years")
    return seconds


def _advice(text: object) -> str:
    if isinstance(text, str) and re.fullmatch(r"\d+(\.\d+)?", text):
        return f"a duration needs a unit: {text}s or {text}ms"
    if isinstance(text, str) and re.fullmatch(r"(\d+(\.\d+)?(ms|s|m|h|d)\s*){2,}", text):
        return f"a duration has one number and one unit, such as 90s, not {text!r}"
    return "a duration is a number with a unit: 800ms, 10s, 5m, 1h or 30d"


def format_duration(seconds: float) -> str:
    """The shortest exact form: 0.8 -> `800ms`, 90 -> `90s`, 3600 -> `1h`."""
    for unit in ("d", "h", "m", "s", "ms"):
        value = round(seconds / _UNITS[unit], 6)
        if value >= 1 and value == int(value):
            return f"{int(value)}{unit}"
    return f"{round(seconds / _UNITS['ms'], 6):g}ms"
