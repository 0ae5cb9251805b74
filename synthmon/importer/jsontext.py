"""JSON that stands as text inside a foreign file, such as a body; it may hold holes of ours, and none of its own."""

from __future__ import annotations

import json
import math
import re
from typing import Any

_SIGNS = re.compile(r"\\udbfc\\udc0[01]", re.IGNORECASE)  # the signs of holes, as JSON escapes them


def parse(text: str) -> Any:
    """The tree; raises `ValueError` for what is no JSON, is nested too deep or has a number beyond floats."""
    try:
        return json.loads(_SIGNS.sub(r"\\ufffd", text), parse_constant=_refuse, parse_float=finite)
    except RecursionError as error:
        raise ValueError("its values are nested too deep") from error


def finite(written: str) -> float:
    """A number with a point or an exponent; raises `ValueError` for one that is too large."""
    value = float(written)
    if math.isinf(value):
        raise ValueError(f"{written[:20]} is too large a number")
    return value


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is no number")
