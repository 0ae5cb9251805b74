"""The functions that expressions may call. Those that need time or chance are given it from outside."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Protocol
from urllib.parse import quote
from uuid import UUID

from synthmon.errors import TemplateError
from synthmon.language.compute import is_number
from synthmon.language.numeral import read_number
from synthmon.language.onetime import Seed
from synthmon.language.show import describe, type_name
from synthmon.nouns import dataclass

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_DATE_PARTS = "YmdHMSfjaAbBIpyzZ%"  # those that mean the same on every system
_LONGEST_RANDOM = 1000  # characters
_LONGEST_FORMAT = 100  # characters


class Chance(Protocol):
    """Where randomness comes from; `random.Random` has this shape."""

    def randrange(self, start: int, stop: int) -> int: ...

    def randbytes(self, n: int) -> bytes: ...


class Secrecy(StrEnum):
    """What becomes of secrets among a function's arguments."""

    TAINTS = "its result is a secret too"
    TELLS_NOTHING = "its result says next to nothing of them and is plain"
    KEEPS = "it gets and returns values as they are, secrets included"
    REFUSES = "its result would be their value in the clear, so it takes none"


@dataclass(frozen=True, slots=True)
class Function:
    """How many arguments it takes, and its body over plain values; None where it comes from outside."""

    least: int
    most: int
    body: Callable[..., Any] | None
    secrecy: Secrecy = Secrecy.TAINTS


def text_of(value: Any) -> str:
    """A text, a number or a truth value as text; raises `TemplateError` for null, lists and objects."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return json.dumps(value)
    raise TemplateError(f"{describe(value)} has no text form here", hint="use json(…) to write it as JSON")


def _bytes(value: Any) -> bytes:
    return text_of(value).encode()


def _base64url(value: Any) -> str:
    return base64.urlsafe_b64encode(_bytes(value)).rstrip(b"=").decode()


def _hmac_sha256(key: Any, text: Any) -> str:
    return hmac.new(_bytes(key), _bytes(text), "sha256").hexdigest()


def _length(value: Any) -> int:
    if isinstance(value, str | list | tuple | Mapping):
        return len(value)
    raise TemplateError(f"length(…) is of a text, a list or an object, not of {describe(value)}")


def _number(value: Any) -> int | float:
    if is_number(value):
        number: int | float = value
        return number
    read = read_number(value) if isinstance(value, str) else None
    if read is None:
        raise TemplateError(f"number(…) cannot read {describe(value)} as a number")
    return read


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


FUNCTIONS: Mapping[str, Function] = {
    "base64": Function(1, 1, lambda value: base64.b64encode(_bytes(value)).decode()),
    "base64url": Function(1, 1, _base64url),
    "sha256": Function(1, 1, lambda value: hashlib.sha256(_bytes(value)).hexdigest()),
    "hmac_sha256": Function(2, 2, _hmac_sha256),
    "urlencode": Function(1, 1, lambda value: quote(text_of(value), safe="")),
    "json": Function(1, 1, _json),
    "lower": Function(1, 1, lambda value: text_of(value).lower()),
    "upper": Function(1, 1, lambda value: text_of(value).upper()),
    "trim": Function(1, 1, lambda value: text_of(value).strip()),
    "default": Function(2, 2, lambda value, other: other if value is None else value, Secrecy.KEEPS),
    "length": Function(1, 1, _length, Secrecy.TELLS_NOTHING),
    "number": Function(1, 1, _number, Secrecy.REFUSES),
    "text": Function(1, 1, text_of),
    "uuid": Function(0, 0, None),
    "now": Function(0, 1, None),
    "unix_time": Function(0, 0, None),
    "random_int": Function(2, 2, None),
    "random_string": Function(1, 1, None),
    "choice": Function(1, 1, None, Secrecy.KEEPS),
    "totp": Function(1, 4, None),
}


def impure_functions(now: Callable[[], datetime], chance: Chance) -> Mapping[str, Callable[..., Any]]:
    """`uuid now unix_time random_int random_string choice totp` over a clock (aware instants) and chance.

    This `totp` gives the code of now, whether it was used before or not.
    """

    def random_int(low: Any, high: Any) -> int:
        if type_name(low) != "integer" or type_name(high) != "integer" or low > high:
            raise TemplateError("random_int(low, high) takes two whole numbers, the smaller one first")
        return chance.randrange(int(low), int(high) + 1)

    def random_string(length: Any) -> str:
        if type_name(length) != "integer" or not 1 <= length <= _LONGEST_RANDOM:
            raise TemplateError(f"random_string(length) takes a whole number from 1 to {_LONGEST_RANDOM}")
        return "".join(_LETTERS[chance.randrange(0, len(_LETTERS))] for _ in range(int(length)))

    def choice(items: Any) -> Any:
        if not isinstance(items, list | tuple) or not items:
            raise TemplateError(f"choice(…) takes a list that is not empty, not {describe(items)}")
        return items[chance.randrange(0, len(items))]

    def totp(*arguments: Any) -> str:
        seed = Seed(*arguments)
        return seed.code(seed.counter(now().timestamp()))

    return {
        "uuid": lambda: str(UUID(bytes=chance.randbytes(16), version=4)),
        "now": lambda form=None: _formatted(now().astimezone(UTC), form),
        "unix_time": lambda: int(now().timestamp()),
        "random_int": random_int,
        "random_string": random_string,
        "choice": choice,
        "totp": totp,
    }


def _formatted(instant: datetime, form: Any) -> str:
    if form is None:
        return f"{instant:%Y-%m-%dT%H:%M:%S}Z"
    if not isinstance(form, str) or len(form) > _LONGEST_FORMAT:
        raise TemplateError(f"now(…) takes a format as text, {_LONGEST_FORMAT} characters at most")
    for part in re.findall(r"%(.?)", form, re.DOTALL):
        if not part or part not in _DATE_PARTS:
            known = " ".join(f"%{letter}" for letter in _DATE_PARTS)
            raise TemplateError("now(…) does not know a part of that format", hint=f"there are {known}")
    return instant.strftime(form)
