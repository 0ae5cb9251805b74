"""What expressions of these tests see, and the shortest ways to a value, a refusal or a fault."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from synthmon.errors import TemplateError
from synthmon.language.expression import ExpressionProblem, Scope, compile_expression
from synthmon.language.functions import impure_functions
from synthmon.language.template import parse_text, render_text
from synthmon.model.secret import Secret
from synthmon.model.text import Source

HERE = Source("probes/shop.yaml", 7, 3)
INSTANT = datetime(2026, 11, 23, 8, 14, 11, 250_000, tzinfo=UTC)
SECRETS = {"password": "correct horse", "key": "battery staple"}
VARS: Mapping[str, Any] = {
    "user": "Ann",
    "age": 42,
    "price": 9.5,
    "yes": True,
    "nothing": None,
    "list": ["a", "b", "c"],
    "object": {"k": "v", "my-key": 7, "nested": {"deep": [1, 2]}},
    "007": "agent",
}
CAPTURES: Mapping[str, Any] = {"id": "007", "count": 12345678, "items": [{"sku": "x"}], "none": None}


def scope(**changes: Any) -> Scope:
    values: dict[str, Any] = {
        "vars": VARS,
        "captures": CAPTURES,
        "secret": lambda name: Secret(f"secrets.{name}", SECRETS[name]),
        "region": {"name": "eu-west"},
        "run": {"id": "6e1f", "started_at": "2026-11-23T08:14:11.250Z"},
        "functions": impure_functions(lambda: INSTANT, random.Random(7)),
    }
    return Scope(**{**values, **changes})


def value(text: str, **changes: Any) -> Any:
    """What the expression comes to."""
    return compile_expression(text).evaluate(scope(**changes))


def rendered(raw: str, **changes: Any) -> Any:
    return render_text(parse_text(raw, HERE), scope(**changes))


def refusal(text: str) -> tuple[str, int, str | None]:
    """Message, offset and hint with which the compiler refuses the expression."""
    with pytest.raises(ExpressionProblem) as caught:
        compile_expression(text)
    return caught.value.message, caught.value.offset, caught.value.hint


def fault(text: str, **changes: Any) -> TemplateError:
    """The error that evaluating the expression ends in."""
    compiled = compile_expression(text)
    with pytest.raises(TemplateError) as caught:
        compiled.evaluate(scope(**changes))
    return caught.value


def fault_of(text: str, **changes: Any) -> str:
    """Its message without the expression in front, which is always there."""
    message = str(fault(text, **changes))
    assert message.startswith(f"${{{{ {text.strip()} }}}}: "), message
    return message.removeprefix(f"${{{{ {text.strip()} }}}}: ")
