"""The value of a JSON text by one of two parsers that call nobody back: Python's own, or the one that pydantic brings.

pydantic's takes half of the time for a short text, and to load it takes as long as it saves in some thousands of them,
which a single command never reads. Neither tells all that makes a text unfit; `quickjson` looks at what they found.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import NoReturn

from synthmon.model.run import Json

FEW = 5000
"""Texts that a process reads by Python's parser: `synthmon run` makes at most a thousand runs."""


class Parser:
    """`parse` raises ValueError for what is no JSON. The last of two keys is the only one; a number may be infinite."""

    def __init__(self) -> None:
        self.parse: Callable[[bytes], Json] = self._early
        self._left = FEW

    def _early(self, content: bytes) -> Json:
        self._left -= 1
        if self._left <= 0:  # threads may have passed nought together
            self.parse = by_pydantic()
        return by_python(content)


def by_python(content: bytes) -> Json:
    """Half of a surrogate pair is refused, as by the other one, with all that could be one."""
    if b"\\u" in content:
        raise ValueError("whether each pair is whole is not looked into here")
    text = content.decode().strip(" \t\n\r")
    try:
        value, end = _DECODER.raw_decode(text)
    except RecursionError as error:
        raise ValueError("this is nested too deeply") from error
    if end != len(text):
        raise ValueError("something follows the JSON")
    return value


def by_pydantic() -> Callable[[bytes], Json]:
    from pydantic_core import from_json  # here: see above

    def parse(content: bytes) -> Json:  # by itself, as `partial` makes a dictionary of the words each time
        return from_json(content, allow_inf_nan=False, cache_strings="keys")

    return parse


def _refused(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


_DECODER = json.JSONDecoder(parse_constant=_refused)


PARSER = Parser()
"""Of this process."""
