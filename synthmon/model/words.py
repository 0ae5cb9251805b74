"""How figures are put into words for people, alike in the terminal, in messages, on pages and in reports."""

from __future__ import annotations

from datetime import datetime


def seconds(value: float | None) -> str:
    """A duration to three significant digits: `0.4 ms`, `45 ms`, `1.83 s`, `2 min 05 s`, `3 h 12 min`; `–` for None."""
    if value is None:
        return "–"
    if value < 0.00005:
        return "0 ms"
    if value < 0.001:
        return f"{value * 1000:.1f} ms"
    if value < 0.9995:
        return f"{value * 1000:.0f} ms"
    if value < 9.995:
        return f"{value:.2f} s"
    if value < 59.95:
        return f"{value:.1f} s"
    return span(value)


def span(value: float) -> str:
    """A length of time to the two largest units: `45 s`, `2 min 05 s`, `3 h 12 min`, `4 d 2 h`."""
    whole = round(value)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes:02d} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def instant(value: datetime | None) -> str:
    """`2026-11-23 08:14:11 UTC`, to the second; `–` for None. The value must be aware."""
    return "–" if value is None else f"{value:%Y-%m-%d %H:%M:%S} {value.tzname()}"


def printable(text: str, limit: int = 2000) -> str:
    """Text of foreign origin, safe for a terminal or a line of log: control and direction characters made visible."""
    cut = text[:limit]
    shown = cut if _is_visible(cut) else "".join(char if _is_visible(char) else _escaped(char) for char in cut)
    return shown if len(text) <= limit else f"{shown}… ({len(text) - limit} characters more)"


_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")  # which Unicode takes for letters and signs


def _is_visible(text: str) -> bool:
    return text.isprintable() and _BLANK.isdisjoint(text)


def _escaped(char: str) -> str:
    return {"\n": "⏎", "\r": "␍", "\t": "⇥"}.get(char) or (
        f"\\x{ord(char):02x}" if ord(char) < 256 else f"\\u{ord(char):04x}"
    )


def percent(fraction: float, digits: int = 2) -> str:
    """A share, rounded down at the printed precision, so that 99.995 % is never shown as 100.00 %."""
    scale = 10**digits
    floored = int(fraction * 100 * scale + 1e-9) / scale
    return f"{floored:.{digits}f} %"
