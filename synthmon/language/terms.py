"""The words of expressions: a problem, a reference, and what an expression sees while it is evaluated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any, TypeAlias

from synthmon.errors import TemplateError
from synthmon.model.secret import Secret
from synthmon.nouns import dataclass

Value: TypeAlias = Any  # a JSON value, in which any text may be a Secret

ROOTS = ("vars", "secrets", "captures", "inputs", "region", "run", "response", "request")
"""What values begin with; `response` is known where an answer is judged, `request` where one is signed."""

SIGNED = (
    *("method", "url", "host", "path", "query", "target", "headers", "body"),
    *("body_sha256", "body_sha256_base64", "body_md5_base64"),
    *("timestamp", "timestamp_ms", "iso_date", "http_date", "nonce", "signature"),
)
"""What is known of a request that is signed; the signature once it is made."""

THEIRS = frozenset({"captures", "response"})
"""Roots of values that a target sent."""


class ExpressionProblem(Exception):
    """An expression that cannot be accepted: what is wrong, where in its text (characters), and how to mend it."""

    def __init__(self, message: str, offset: int = 0, hint: str | None = None) -> None:
        super().__init__(message)
        self.message, self.offset, self.hint = message, offset, hint


class MissingKey(TemplateError):
    """A key, an index or a captured name that is not there; `default(…)` takes its other value then."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A value referred to: `captures.order.lines[0]` is root `captures`, path `("order", "lines", 0)`.

    `optional`: `default(…)` has another value in its place, so that it may be missing.
    """

    root: str
    path: tuple[str | int, ...]
    offset: int
    optional: bool = False


def _no_secret(name: str) -> Secret:
    raise TemplateError(f"there is no secret {name!r} here")


@dataclass(frozen=True, slots=True)
class Scope:
    """What expressions can see while they are evaluated; `functions` are those that need time or chance."""

    vars: Mapping[str, Value] = field(default_factory=dict)
    captures: Mapping[str, Value] = field(default_factory=dict)
    inputs: Mapping[str, Value] = field(default_factory=dict)  # of the block that a step uses
    secret: Callable[[str], Secret] = _no_secret
    region: Mapping[str, Value] = field(default_factory=dict)
    run: Mapping[str, Value] = field(default_factory=dict)
    response: Mapping[str, Value] = field(default_factory=dict)
    request: Mapping[str, Value] = field(default_factory=dict)
    functions: Mapping[str, Callable[..., Value]] = field(default_factory=dict)
