"""Numbers as people and headers write them, read without the liberties Python takes (`1_000`, `nan`, other digits)."""

from __future__ import annotations

import math

from synthmon.patterns import regular

_WHOLE = regular(r"[+-]?[0-9]+")
_DECIMAL = regular(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
LONGEST = 100  # characters


def read_number(text: str) -> int | float | None:
    """The number a text is, spaces around it aside; None if it is none or none that is finite."""
    plain = text.strip() if len(text) <= LONGEST else ""
    if _WHOLE.fullmatch(plain):
        return int(plain)
    number = float(plain) if _DECIMAL.fullmatch(plain) else math.inf
    return number if math.isfinite(number) else None
