"""An answer held against what an OpenAPI operation documents: its status, content type, headers and body."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from synthmon.engine.reply import Reply
from synthmon.engine.schema import problems
from synthmon.language.numeral import read_number
from synthmon.model.answer import Documented, DocumentedHeader, OperationRef, SchemaRef
from synthmon.model.run import AssertionResult, FailureKind, Json
from synthmon.model.secret import CREDENTIAL_HEADERS
from synthmon.model.words import printable
from synthmon.nouns import dataclass


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that was documented, and whether it is so."""

    result: AssertionResult
    kind: FailureKind


def documented(operation: OperationRef, reply: Reply) -> tuple[list[Told], SchemaRef | None]:
    """What is found of status, content type and headers, and the schema that the JSON body must fit, if any."""
    answer = _answer(operation, reply.status)
    if answer is None:
        known = ", ".join(str(one.status or "default") for one in operation.answers)
        return [_told(operation, "status", known, reply.status_words, FailureKind.STATUS)], None
    told = [_told(operation, "status", str(answer.status or "default"), str(reply.status), FailureKind.STATUS, ok=True)]
    told += _headers(operation, answer, reply)
    if not answer.contents:
        return told, None
    media = reply.content_type.partition(";")[0].strip().lower()
    wanted = ", ".join(name for name, _ in answer.contents)
    fits = [(name, schema) for name, schema in answer.contents if _covers(name, media)]
    told.append(_told(operation, "header Content-Type", wanted, media or "none", FailureKind.HEADER, ok=bool(fits)))
    schema = max(fits, key=lambda one: _precision(one[0]))[1] if fits else None
    has_json = media.endswith(("/json", "+json")) and reply.response.request.method != "HEAD"
    return told, schema if has_json else None


def _told(
    operation: OperationRef, subject: str, expected: str, actual: str, kind: FailureKind, *, ok: bool = False
) -> Told:
    actual = printable(actual, 100)
    message = "" if ok else f"{subject}: {operation.label} documents {expected}, came {actual}"
    return Told(AssertionResult(subject, expected, actual, ok, message, str(operation.source)), kind)


def _answer(operation: OperationRef, status: int) -> Documented | None:
    """The code itself before a range, a range before `default`."""
    fitting = [one for one in operation.answers if one.status is None or status in one.status]
    return min(fitting, key=_width, default=None)


def _width(answer: Documented) -> int:
    return 1000 if answer.status is None else answer.status.last - answer.status.first


def _covers(documented: str, media: str) -> bool:
    if documented == "*/*":
        return True
    return documented == media or (documented.endswith("/*") and media.startswith(documented[:-1]))


def _precision(documented: str) -> int:
    return 0 if documented == "*/*" else 1 if documented.endswith("/*") else 2


def _headers(operation: OperationRef, answer: Documented, reply: Reply) -> Iterator[Told]:
    for header in answer.headers:
        value, subject = reply.header(header.name), f"header {header.name}"
        if value is None:
            if header.required:
                yield _told(operation, subject, "it to be there", "nothing", FailureKind.HEADER)
        elif header.schema is not None:
            fits = _fits(header, value)
            value = "a value that is not shown" if header.name.lower() in CREDENTIAL_HEADERS else value
            yield _told(
                operation, subject, f"a value of its schema ({header.schema.label})", value, FailureKind.HEADER, ok=fits
            )


def _fits(header: DocumentedHeader, value: str) -> bool:
    """Whether the text, or what it reads as, fits: a header has nothing but text, a schema has types."""
    assert header.schema is not None, "a header without a schema fits always"
    schema = header.schema
    return any(not problems(schema, one) for one in _readings(value))


def _readings(value: str) -> Iterable[Json]:
    yield value
    if (number := read_number(value)) is not None:
        yield number
    if value in {"true", "false"}:
        yield value == "true"
    yield [part.strip() for part in value.split(",")]
