"""What must be true of an answer, held against it: every assertion gives a result, the broken ones a failure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from synthmon.engine.asserted import asserted
from synthmon.engine.body import Unreadable
from synthmon.engine.documented import documented
from synthmon.engine.redaction import Redaction, location_of, normalised
from synthmon.engine.reply import Markup, Reply
from synthmon.engine.schema import Problem, path_text, problems
from synthmon.engine.shape import shape
from synthmon.engine.values import Values
from synthmon.language.jsonpath import Node, TooMuchWork, compile_path
from synthmon.language.once import Work, once
from synthmon.language.operator import Found, Mismatch, evaluate, expectation
from synthmon.language.show import show
from synthmon.model.answer import Expect, Matcher, SchemaRef, XPath
from synthmon.model.run import AssertionResult, Failure, FailureKind
from synthmon.model.secret import CREDENTIAL_HEADERS
from synthmon.model.words import printable
from synthmon.nouns import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One assertion's result; `kind` and `detail` are those of the failure if it is broken."""

    result: AssertionResult
    kind: FailureKind
    detail: str | None = None

    @property
    def failure(self) -> Failure | None:
        result = self.result
        if result.passed:
            return None
        return Failure(self.kind, result.message, result.expected, result.actual, self.detail, result.source)


def check(expect: Expect, reply: Reply, values: Values, redaction: Redaction) -> tuple[Check, ...]:
    """Status, headers, cookies, text, XML, JSON, schema, assertions, in this order.

    Raises what rendering an operand raises.
    """
    return tuple(
        chain(
            _status(expect, reply),
            _headers(expect, reply, values),
            _cookies(expect, reply, values),
            _text(expect, reply, values, redaction),
            _markup(expect, reply, values, redaction),
            _document(expect, reply, values, redaction),
            (Check(told, FailureKind.BODY) for told in asserted(expect.assertions, reply, values, redaction)),
        )
    )


def _status(expect: Expect, reply: Reply) -> Iterator[Check]:
    if not expect.status:
        return
    expected = _statuses(expect)
    passed = any(reply.status in accepted for accepted in expect.status)
    wait = None if passed else reply.header("Retry-After")
    detail = None if wait is None else f"Retry-After: {printable(wait, 60)}"
    message = "" if passed else _status_message(reply, expected, detail)
    source = None if expect.source is None else str(expect.source)
    result = AssertionResult("status", expected, str(reply.status), passed, message, source)
    yield Check(result, FailureKind.STATUS, detail)


_statuses: Work[Expect, str] = once(lambda expect: ", ".join(map(str, expect.status)))


def _status_message(reply: Reply, expected: str, detail: str | None) -> str:
    throttled = "throttled: " if reply.status == 429 else ""
    told = f", {detail}" if detail else ""
    return f"{throttled}status {reply.status_words}, expected {expected}{told}"


@dataclass(frozen=True, slots=True)
class _Subject:
    """What a matcher is held against. `hidden`: labels of the nodes whose values must not be shown."""

    name: str
    found: Found
    kind: FailureKind
    hidden: frozenset[str] = frozenset()

    def shown(self, label: str, actual: str) -> str:
        """What was there, as it may be told; a mismatch without a label is about all nodes."""
        if not self.hidden or (label and label not in self.hidden):
            return actual
        shapes = [shape(value, hidden=True) for at, value in self.found.nodes[:3] if label in {"", at}]
        return ", ".join(shapes) or actual


def _held(matcher: Matcher, subject: _Subject, values: Values) -> Iterator[Check]:
    """One result if everything holds, else one for each condition that does not."""
    rendered = values.matcher(matcher)
    mismatches = evaluate(rendered, subject.found)
    source = str(matcher.source)
    if not mismatches:
        actual = subject.shown("", _all_shown(subject.found))
        result = AssertionResult(subject.name, _expectation(rendered), actual, passed=True, source=source)
        yield Check(result, subject.kind)
    for mismatch in mismatches:
        name, actual = mismatch.label or subject.name, subject.shown(mismatch.label, mismatch.actual)
        message = _message(mismatch, subject.name) if actual == mismatch.actual else _guarded(name, mismatch, actual)
        result = AssertionResult(name, mismatch.expected, actual, passed=False, message=message, source=source)
        yield Check(result, subject.kind)


_expectation = once(expectation)


def _all_shown(found: Found) -> str:
    shown = ", ".join(show(value) for _, value in found.nodes[:3]) or "nothing"
    return shown if len(found.nodes) <= 3 else f"{shown} and {len(found.nodes) - 3} more"


def _message(mismatch: Mismatch, name: str) -> str:
    return mismatch.message if mismatch.label else f"{name}: {mismatch.message}"


def _guarded(name: str, mismatch: Mismatch, actual: str) -> str:
    """The message about a value that must not be shown, which the operator's own one would quote."""
    return f"{name}: expected {mismatch.expected}, came {actual} (its value is not shown)"


def _headers(expect: Expect, reply: Reply, values: Values) -> Iterator[Check]:
    for name, matcher in expect.headers:
        value = reply.header(name)
        found = Found(() if value is None else (("", value),), from_text=True)
        hidden = frozenset({""}) if name.lower() in CREDENTIAL_HEADERS else frozenset[str]()
        yield from _held(matcher, _Subject(f"header {name}", found, FailureKind.HEADER, hidden), values)


def _cookies(expect: Expect, reply: Reply, values: Values) -> Iterator[Check]:
    for name, matcher in expect.cookies:
        value = reply.cookies.get(name)
        found = Found(() if value is None else (("", value),), from_text=True)
        yield from _held(matcher, _Subject(f"cookie {name}", found, FailureKind.HEADER, frozenset({""})), values)


def _text(expect: Expect, reply: Reply, values: Values, redaction: Redaction) -> Iterator[Check]:
    if not expect.text:
        return
    text = reply.text
    if isinstance(text, Unreadable):
        yield _unreadable(text, "text", redaction)
        return
    hidden = frozenset({""}) if redaction else frozenset[str]()
    for matcher in expect.text:
        yield from _held(matcher, _Subject("text", Found((("", text),)), FailureKind.BODY, hidden), values)


def _markup(expect: Expect, reply: Reply, values: Values, redaction: Redaction) -> Iterator[Check]:
    if not expect.xml:
        return
    document = reply.markup
    if isinstance(document, Unreadable):
        yield _unreadable(document, "XML", redaction)
        return
    for path, matcher in expect.xml:
        yield from _at_xpath(path, matcher, document, values, redaction)


def _at_xpath(path: XPath, matcher: Matcher, document: Markup, values: Values, redaction: Redaction) -> Iterator[Check]:
    """Texts are read as numbers for an operator that compares with one: XML has nothing but text."""
    try:
        nodes = document.find(path)
    except TooMuchWork as error:
        yield _endless(path.text, matcher, error)
        return
    found = Found(tuple((node.label, node.value) for node in nodes), from_text=True)
    hidden = frozenset(node.label for node in nodes) if redaction else frozenset[str]()
    subject = _Subject(path.text, found, FailureKind.BODY, hidden)
    for one in _held(matcher, subject, values):
        yield one if nodes or one.result.passed else _with_namespace(one, document)


def _with_namespace(one: Check, document: Markup) -> Check:
    """Why nothing was found, if that is the reason nearly always."""
    if document.default_namespace is None:
        return one
    hint = f"the document is in the namespace {printable(document.default_namespace, 100)}: declare a prefix for it"
    return replace(one, detail=hint)


def _endless(path: str, matcher: Matcher, error: TooMuchWork) -> Check:
    told = AssertionResult(path, "", "", passed=False, message=str(error), source=str(matcher.source))
    return Check(told, FailureKind.BODY)


def _document(expect: Expect, reply: Reply, values: Values, redaction: Redaction) -> Iterator[Check]:
    schemas = [] if expect.schema is None else [expect.schema]
    if expect.openapi is not None:
        told, documented_schema = documented(expect.openapi, reply)
        yield from (Check(one.result, one.kind) for one in told)
        schemas += [] if documented_schema is None else [documented_schema]
    if not expect.json and not schemas:
        return
    if isinstance(reply.document, Unreadable):
        yield _unreadable(reply.document, "JSON", redaction)
        return
    for path, matcher in expect.json:
        yield from _at_path(path, matcher, reply, values, redaction)
    for schema in schemas:
        yield from _schema(schema, reply, redaction)


def _unreadable(why: Unreadable, wanted: str, redaction: Redaction) -> Check:
    place = f" (line {why.place})" if why.place else ""
    excerpt = None if redaction else why.excerpt
    result = AssertionResult("body", wanted, why.what, passed=False, message=f"{why.what}{place}")
    return Check(result, FailureKind.BODY, excerpt)


def _at_path(path: str, matcher: Matcher, reply: Reply, values: Values, redaction: Redaction) -> Iterator[Check]:
    try:
        nodes = compile_path(path).find(reply.document)
    except TooMuchWork as error:
        yield _endless(path, matcher, error)
        return
    labels = [_label(node) for node in nodes] if len(nodes) > 1 else [""] * len(nodes)
    found = Found(tuple(zip(labels, (node.value for node in nodes), strict=True)))
    hidden = frozenset(
        label
        for label, node in zip(labels, nodes, strict=True)
        if redaction and redaction.hides(reply.document, node.path)
    )
    yield from _held(matcher, _Subject(path, found, FailureKind.BODY, hidden), values)


def _label(node: Node) -> str:
    return path_text(location_of(node.path))


def _schema(ref: SchemaRef, reply: Reply, redaction: Redaction) -> Iterator[Check]:
    found = problems(ref, reply.document)
    if not found:
        result = AssertionResult("schema", ref.label, "fits", passed=True, source=str(ref.source))
        yield Check(result, FailureKind.SCHEMA)
    for problem in found:
        yield _broken_rule(problem, ref, reply, redaction)


def _broken_rule(problem: Problem, ref: SchemaRef, reply: Reply, redaction: Redaction) -> Check:
    """Names the field, the rule and the value's shape; never the value, which may be personal data."""
    hidden = bool(redaction) and redaction.hides(reply.document, normalised(problem.location))
    path, actual = path_text(problem.location), shape(problem.value, hidden=hidden)
    message = f"{path}: {problem.message}; it is {actual}"
    rule = f"{ref.label}: {problem.rule}"
    result = AssertionResult(f"schema {path}", rule, actual, passed=False, message=message, source=str(ref.source))
    return Check(result, FailureKind.SCHEMA)
