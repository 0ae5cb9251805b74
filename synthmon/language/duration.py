"""Durations as people write them: a number with one unit."""

from __future__ import annotations

import re
from decimal import Decimal

from synthmon.patterns import regular

_UNITS = {"d": Decimal(86400), "h": Decimal(3600), "m": Decimal(60), "s": Decimal(1), "ms": Decimal("0.001")}
_NUMBER = r"[0-9]{1,9}(?:\.[0-9]{1,6})?"
_FORM = regular(rf"({_NUMBER})(ms|s|m|h|d)")
_BARE = regular(_NUMBER)
_SEVERAL = regular(rf"(?:{_NUMBER}(?:ms|s|m|h|d)\s*){{2,}}")
_LONGEST = Decimal(3660 * 86400)  # ten years: anything longer is a slip of the pen


def parse_duration(text: object) -> float:
    """Seconds of `800ms`, `10s`, `5m`, `1h` or `30d`; raises ValueError that says how to write it."""
    found = _FORM.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError(_advice(text))
    seconds = Decimal(found[1]) * _UNITS[found[2]]
    if seconds > _LONGEST:
        raise ValueError(f"{text} is longer than ten years")
    return float(seconds)


def _advice(text: object) -> str:
    bare = repr(text) if isinstance(text, int | float) and not isinstance(text, bool) else text
    if isinstance(bare, str) and _BARE.fullmatch(bare):
        return f"a duration needs a unit: {bare}ms, {bare}s, {bare}m, {bare}h or {bare}d"
    if isinstance(text, str) and _SEVERAL.fullmatch(text):
        return f"a duration has one number and one unit, such as 90s, not {text!r}"
    if isinstance(text, str) and (meant := _meant(text.strip())) is not None:
        return f"a duration is a number with one of the units ms, s, m, h, d: {meant}"
    return "a duration is a number with a unit: 800ms, 10s, 5m, 1h or 30d"


# As other formats, and people in a hurry, write them.
_SPOKEN = regular(rf"({_NUMBER.replace(chr(92) + '.', '[.,]')})\s*([A-Za-z]+)\.?")
_WORDS = {
    **dict.fromkeys(("ms", "msec", "msecs", "millis", "millisecond", "milliseconds"), Decimal("0.001")),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), Decimal(1)),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), Decimal(60)),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), Decimal(3600)),
    **dict.fromkeys(("d", "day", "days"), Decimal(86400)),
    **dict.fromkeys(("w", "wk", "week", "weeks"), Decimal(7 * 86400)),
}
_ISO = regular(r"P(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,4})M)?(?:(\d{1,4})S)?)?", re.IGNORECASE)
_CLOCK = regular(r"(?:(\d{1,2}):)?(\d{1,2}):(\d{2})")


def _meant(text: str) -> str | None:
    """What was probably meant by `5 minutes`, `90 sec`, `0,8s`, `PT5M` or `00:05:00`, as we write it."""
    if (spoken := _SPOKEN.fullmatch(text)) and spoken[2].lower() in _WORDS:
        return format_duration(float(Decimal(spoken[1].replace(",", ".")) * _WORDS[spoken[2].lower()]))
    if (clock := _CLOCK.fullmatch(text)) is not None:
        return format_duration(float(int(clock[1] or 0) * 3600 + int(clock[2]) * 60 + int(clock[3])))
    if (iso := _ISO.fullmatch(text)) is not None and any(iso.groups()):
        days, hours, minutes, seconds = (int(part or 0) for part in iso.groups())
        return format_duration(float(days * 86400 + hours * 3600 + minutes * 60 + seconds))
    return None


def format_duration(seconds: float) -> str:
    """The shortest exact form, whole if possible: 0.8 -> `800ms`, 90 -> `90s`, 3600 -> `1h`, 5400 -> `90m`."""
    exact = Decimal(repr(seconds))
    if not exact:
        return "0s"
    forms = [f"{_plain(exact / size)}{unit}" for unit, size in _UNITS.items() if exact / size * size == exact]
    readable = [form for form in forms if _FORM.fullmatch(form)]
    return min(readable, key=lambda form: ("." in form, len(form))) if readable else f"{_plain(exact)}s"


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
