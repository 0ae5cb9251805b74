"""Errors in a successful answer to a GraphQL request: a failure, unless the step expects them."""

from __future__ import annotations

from collections.abc import Iterator

from synthmon.engine.assertion import Check
from synthmon.engine.body import Unreadable
from synthmon.engine.redaction import Redaction, normalised
from synthmon.engine.reply import Reply
from synthmon.engine.shape import shape
from synthmon.language.expression import compile_expression
from synthmon.model.answer import Expect
from synthmon.model.journey import Step
from synthmon.model.request import GraphQLBody
from synthmon.model.run import AssertionResult, FailureKind, Json
from synthmon.model.words import printable
from synthmon.patterns import regular

MOST = 5  # errors that are told
LONGEST = 200  # characters of one message

_OF_ERRORS = regular(r"""\$(\.\.?errors(?!\w)|\.?\.?\[\s*['"]errors['"]\s*\])""")
_SUBJECT, _EXPECTED = "GraphQL", "no errors"


def check(step: Step, reply: Reply, redaction: Redaction) -> Iterator[Check]:
    """Nothing for other steps, for answers of another class than 2xx, or where the step tells of `$.errors`."""
    if not isinstance(step.request.body, GraphQLBody) or reply.status // 100 != 2 or expects_errors(step):
        return
    document = reply.document
    if isinstance(document, Unreadable):
        if not step.expect.json and step.expect.schema is None:  # else it is told already
            yield _broken(step, f"the answer is none of GraphQL: {document.what}", document.what)
        return
    problem = _problem(document, redaction)
    if problem is None:
        yield Check(
            AssertionResult(_SUBJECT, _EXPECTED, _EXPECTED, passed=True, source=_source(step)), FailureKind.BODY
        )
    else:
        yield _broken(step, *problem)


def expects_errors(step: Step) -> bool:
    """Whether the step says itself what must be true of the errors."""
    return any(_speaks_of_errors(expect) for expect in (step.expect, step.warn) if expect is not None)


def _speaks_of_errors(expect: Expect) -> bool:
    references = (
        reference.path for one in expect.assertions for reference in compile_expression(one.expression.text).references
    )
    return any(_OF_ERRORS.match(path) for path, _ in expect.json) or ("json", "errors") in {
        tuple(path[:2]) for path in references
    }


def _problem(document: Json, redaction: Redaction) -> tuple[str, str] | None:
    """What is wrong with a response (GraphQL specification, section 7.1): a message, and what came in a few words."""
    if not isinstance(document, dict) or not {"data", "errors"} & document.keys():
        return "the answer is none of GraphQL: it has neither `data` nor `errors`", "another answer"
    errors = document.get("errors")
    if errors is None and "errors" not in document:
        return None
    if not isinstance(errors, list) or not errors:
        return None if errors in (None, []) else ("`errors` of the answer is no list", shape(errors, hidden=True))
    told = "; ".join(_told(document, index, one, redaction) for index, one in enumerate(errors[:MOST]))
    rest = f"; and {len(errors) - MOST} more" if len(errors) > MOST else ""
    count = f"{len(errors)} GraphQL error{'s' if len(errors) > 1 else ''}"
    return f"the answer has {count}: {told}{rest}", count


def _told(document: Json, index: int, error: Json, redaction: Redaction) -> str:
    """`Not allowed (FORBIDDEN) at order.lines.0`."""
    if not isinstance(error, dict) or not isinstance(error.get("message"), str):
        return "one without a message"
    hidden = redaction.hides(document, normalised(["errors", index, "message"]))
    told = shape(error["message"], hidden=True) if hidden else printable(error["message"], LONGEST)
    extensions, path = error.get("extensions"), error.get("path")
    code = extensions.get("code") if isinstance(extensions, dict) else None
    if isinstance(code, str) and not redaction.hides(document, normalised(["errors", index, "extensions", "code"])):
        told += f" ({printable(code, 60)})"
    if isinstance(path, list) and path and not redaction.hides(document, normalised(["errors", index, "path"])):
        told += f" at {printable('.'.join(str(part) for part in path[:20]), 100)}"
    return told


def _broken(step: Step, message: str, actual: str) -> Check:
    result = AssertionResult(
        _SUBJECT, _EXPECTED, printable(actual, LONGEST), passed=False, message=message, source=_source(step)
    )
    return Check(result, FailureKind.BODY)


def _source(step: Step) -> str:
    return str(step.source)
