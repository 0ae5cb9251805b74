"""The functions that expressions may call. The impure ones take their time and chance from outside."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import quote
from uuid import UUID

from synthmon.errors import TemplateError
from synthmon.language.show import describe, type_name

LARGEST_TEXT = 1024 * 1024
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


class Chance(Protocol):
    """Where randomness comes from."""

    def randrange(self, start: int, stop: int) -> int: ...

    def randbytes(self, n: int) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Function:
    """How often it takes arguments, what it does in a line, and its body; None where it comes from outside.

    `secret` says what becomes of a secret argument: its result is a secret too ("taints"), or tells nothing of it
    ("plain"), or would tell it and is refused ("refuses").
    """

    least: int
    most: int
    body: Callable[..., Any] | None
    secret: str = "taints"  # noqa: S105 - a mode, not a password


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return json.dumps(value)
    raise TemplateError(f"{describe(value)} has no text form here", hint="use json(…) to write it as JSON")


def _bytes(value: Any) -> bytes:
    return _text(value).encode()


def _base64url(value: Any) -> str:
    return base64.urlsafe_b64encode(_bytes(value)).rstrip(b"=").decode()


def _length(value: Any) -> int:
    if isinstance(value, str | list | tuple | dict):
        return len(value)
    raise TemplateError(f"length(…) is of a text, a list or an object, not of {describe(value)}")


def _number(value: Any) -> int | float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    try:
        text = _text(value).strip()
        return int(text) if text.lstrip("+-").isdigit() else float(text)
    except ValueError as error:
        raise TemplateError(f"number(…) cannot read {describe(value)} as a number") from error


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


FUNCTIONS: Mapping[str, Function] = {
    "base64": Function(1, 1, lambda value: base64.b64encode(_bytes(value)).decode()),
    "base64url": Function(1, 1, _base64url),
    "sha256": Function(1, 1, lambda value: hashlib.sha256(_bytes(value)).hexdigest()),
    "hmac_sha256": Function(2, 2, lambda key, text: hmac.new(_bytes(key), _bytes(text), "sha256").hexdigest()),
    "urlencode": Function(1, 1, lambda value: quote(_text(value), safe="")),
    "json": Function(1, 1, _json),
    "lower": Function(1, 1, lambda value: _text(value).lower()),
    "upper": Function(1, 1, lambda value: _text(value).upper()),
    "trim": Function(1, 1, lambda value: _text(value).strip()),
    "default": Function(2, 2, lambda value, other: other if value is None else value),
    "length": Function(1, 1, _length, "plain"),
    "number": Function(1, 1, _number, "refuses"),
    "text": Function(1, 1, _text),
    "uuid": Function(0, 0, None),
    "now": Function(0, 1, None),
    "unix_time": Function(0, 0, None),
    "random_int": Function(2, 2, None),
    "random_string": Function(1, 1, None),
    "choice": Function(1, 1, None),
}


def impure_functions(now: Callable[[], datetime], chance: Chance) -> Mapping[str, Callable[..., Any]]:
    """`uuid now unix_time random_int random_string choice` over a clock in UTC and a source of randomness."""

    def random_int(low: Any, high: Any) -> int:
        if type_name(low) != "integer" or type_name(high) != "integer" or low > high:
            raise TemplateError("random_int(low, high) takes two whole numbers, the smaller one first")
        return chance.randrange(int(low), int(high) + 1)

    def random_string(length: Any) -> str:
        if type_name(length) != "integer" or not 1 <= length <= 1000:
            raise TemplateError("random_string(length) takes a whole number from 1 to 1000")
        return "".join(_LETTERS[chance.randrange(0, len(_LETTERS))] for _ in range(int(length)))

    def choice(items: Any) -> Any:
        if not isinstance(items, list | tuple) or not items:
            raise TemplateError(f"choice(…) takes a list that is not empty, not {describe(items)}")
        return items[chance.randrange(0, len(items))]

    def formatted(form: Any = None) -> str:
        instant = now().astimezone(UTC)
        if form is None:
            return f"{instant:%Y-%m-%dT%H:%M:%S}Z"
        return instant.strftime(_text(form)[:100])

    return {
        "uuid": lambda: str(UUID(bytes=chance.randbytes(16), version=4)),
        "now": formatted,
        "unix_time": lambda: int(now().timestamp()),
        "random_int": random_int,
        "random_string": random_string,
        "choice": choice,
    }
