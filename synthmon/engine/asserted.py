"""`assert`: expressions over an answer, told with the values of their parts as far as these may be shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from synthmon.engine.body import Unreadable
from synthmon.engine.redaction import Redaction, normalised
from synthmon.engine.reply import Reply
from synthmon.engine.shape import shape
from synthmon.engine.values import Values
from synthmon.errors import TemplateError
from synthmon.language.answer import Judgement, Part, judge
from synthmon.language.expression import Value
from synthmon.language.show import show
from synthmon.model.answer import Assertion
from synthmon.model.run import AssertionResult
from synthmon.model.secret import CREDENTIAL_HEADERS


def asserted(
    assertions: Iterable[Assertion], reply: Reply, values: Values, redaction: Redaction
) -> Iterator[AssertionResult]:
    """A result for each. Raises `TemplateError` for what is our fault, such as a variable that cannot be rendered."""
    for assertion in assertions:
        judgement = judge(assertion.expression.text, values.scope, Answer(reply))
        yield _result(assertion, judgement, _shown(judgement.parts, reply, values, redaction))


def _result(assertion: Assertion, judgement: Judgement, parts: str) -> AssertionResult:
    written = assertion.expression.text.strip()
    told = "; ".join(filter(None, (judgement.why, parts)))
    message = ""
    if not judgement.holds:
        message = f"{assertion.message or 'this is not true'}: {written}" + (f" ({told})" if told else "")
    actual = told or ("true" if judgement.holds else "false")
    return AssertionResult("assert", written, actual, judgement.holds, message, str(assertion.source))


def _shown(parts: Iterable[Part], reply: Reply, values: Values, redaction: Redaction) -> str:
    return ", ".join(f"{part.name} is {_value(part, reply, values, redaction)}" for part in parts)


def _value(part: Part, reply: Reply, values: Values, redaction: Redaction) -> str:
    return shape(part.value, hidden=True) if _is_hidden(part, reply, values, redaction) else show(part.value)


def _is_hidden(part: Part, reply: Reply, values: Values, redaction: Redaction) -> bool:
    """Whether the value must not be shown. Of secrets the name is, so they need no care here."""
    head, rest = part.place[0], part.place[1:]
    if part.reference.root == "captures":
        return head in values.hidden
    if part.reference.root != "response":
        return False
    match head:
        case "cookies":
            return True
        case "headers":
            return not rest or str(rest[0]).lower() in CREDENTIAL_HEADERS
        case "json":
            return bool(redaction) and redaction.hides(reply.document, normalised(rest))
    return head == "text" and bool(redaction)


class Answer(Mapping[str, Value]):
    """What `response` holds; the body is decoded and parsed only if an expression asks for it."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    def __getitem__(self, name: str) -> Value:
        match name:
            case "status":
                return self._reply.status
            case "headers":
                return _Headers(self._reply)
            case "cookies":
                return self._reply.cookies
            case "json":
                return _readable(self._reply.document)
            case "text":
                return _readable(self._reply.text)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(("status", "headers", "cookies", "json", "text"))

    def __len__(self) -> int:
        return 5


def _readable(value: Any | Unreadable) -> Value:
    if isinstance(value, Unreadable):
        raise TemplateError(value.what, captured=True)
    return value


class _Headers(Mapping[str, str]):
    """Header fields by name, whatever its case."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    def __getitem__(self, name: str) -> str:
        value = self._reply.header(name)
        if value is None:
            raise KeyError(name)
        return value

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._reply.header(name) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(self._reply.response.headers.keys()))

    def __len__(self) -> int:
        return len(dict.fromkeys(self._reply.response.headers.keys()))
