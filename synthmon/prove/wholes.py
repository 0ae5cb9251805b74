"""Faults of an answer as a whole: another status, another document, a body cut, spoilt, empty, or an old one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from synthmon.engine.body import Unreadable, decoded
from synthmon.model.answer import CaptureFrom, StatusRange
from synthmon.model.run import Json
from synthmon.prove.fields import in_json, type_of
from synthmon.prove.known import literal
from synthmon.prove.mutation import Excuse, Fault, Made, Mutation, Remedy, given
from synthmon.prove.place import MISSING, Place, value_at, without
from synthmon.prove.recording import Answer
from synthmon.prove.replay import Change
from synthmon.prove.subject import Subject

PAGE = (
    b"<!doctype html>\n<html><head><title>Sign in</title></head>\n"
    b"<body><h1>Sign in</h1><form method=post><input name=user></form></body></html>\n"
)
LOGIN = "/login"
WARNING = b"Warning: undefined index in /srv/app/answer.php on line 7\n"
_LONGEST = 60  # characters of a text by which a page is known again
_ANY_SUCCESS = StatusRange(200, 299)


def other_success(mutation: Mutation, subject: Subject) -> Made:
    was = subject.answer.status
    if 200 <= was <= 299:
        status = 202 if was != 202 else 200
        yield _of_status(
            mutation, subject, replace(subject.answer, status=status), f"answers {status} instead of {was}"
        )


def redirected(mutation: Mutation, subject: Subject) -> Made:
    answer = Answer(302, (*_html(PAGE), (b"Location", LOGIN.encode())), PAGE)
    yield _of_status(mutation, subject, answer, "answers 302 to a login page", after=Answer(200, _html(PAGE), PAGE))


def client_error(mutation: Mutation, subject: Subject) -> Made:
    status = 404 if subject.answer.status != 404 else 410
    yield _of_status(mutation, subject, _problem(status), f"answers {status}")


def server_error(mutation: Mutation, subject: Subject) -> Made:
    status = 503 if subject.answer.status != 503 else 500
    yield _of_status(mutation, subject, _problem(status), f"answers {status}")


def expired(mutation: Mutation, subject: Subject) -> Made:
    """One 401 to a request that shows who it is; whoever has renewed its token then fares as before."""
    if subject.shows_who_it_is:
        yield _of_status(mutation, subject, _problem(401), "answers 401 once: its token or session is over", once=True)


def _of_status(
    mutation: Mutation, subject: Subject, answer: Answer, words: str, *, once: bool = False, after: Answer | None = None
) -> Fault | Excuse:
    if _accepted(subject, answer.status):
        reason = f"the probe accepts {answer.status}"
        return Excuse(mutation.id, subject.step.id, "status", reason)
    change = subject.with_answer(answer, once=once, after=after and replace(subject.taken, answer=after))
    remedy = {"expect": {"status": subject.answer.status}} if answer.status // 100 == 2 else form(subject, PAGE)
    return Fault(mutation.id, subject.step.id, "status", words, given(change), remedy)


def _accepted(subject: Subject, status: int) -> bool:
    """Whether the probe names the status; `2xx`, which is assumed where nothing is said, names none."""
    return any(status in one for expect in subject.expects for one in expect.status if one != _ANY_SUCCESS)


def _problem(status: int) -> Answer:
    body = json.dumps({"title": "Something is wrong", "status": status}).encode()
    return Answer(status, ((b"Content-Type", b"application/problem+json"), *_length(body)), body)


def _html(body: bytes) -> tuple[tuple[bytes, bytes], ...]:
    return ((b"Content-Type", b"text/html; charset=utf-8"), *_length(body))


def _length(body: bytes) -> tuple[tuple[bytes, bytes], ...]:
    return ((b"Content-Length", b"%d" % len(body)),)


def html(mutation: Mutation, subject: Subject) -> Made:
    """A page where the answer should be, with the status that the answer had (200 in place of one without a body)."""
    was = subject.answer.status
    status = was if 200 <= was <= 299 and was not in {204, 205} else 200
    words = f"answers an HTML page with {status}"
    remedy = form(subject, PAGE) if status == was else {"expect": {"status": was}}
    change = subject.with_answer(Answer(status, _html(PAGE), PAGE))
    yield Fault(mutation.id, subject.step.id, "body", words, given(change), remedy)


def empty(mutation: Mutation, subject: Subject) -> Made:
    yield from _spoilt(mutation, subject, "has an empty body", lambda _body: b"")


def truncated(mutation: Mutation, subject: Subject) -> Made:
    yield from _spoilt(mutation, subject, "has a body that ends in the middle", lambda body: body[: len(body) // 2])


def malformed(mutation: Mutation, subject: Subject) -> Made:
    if subject.is_json:
        yield from _spoilt(mutation, subject, "has a warning in front of its JSON", lambda body: WARNING + body)


def _spoilt(mutation: Mutation, subject: Subject, words: str, spoil: Callable[[bytes], bytes]) -> Made:
    body = subject.answer.body
    if not body:
        yield Excuse(mutation.id, subject.step.id, "body", "the answer has no body")
        return
    spoilt = spoil(body)
    yield Fault(mutation.id, subject.step.id, "body", words, given(subject.with_body(spoilt)), form(subject, spoilt))


def form(subject: Subject, instead: bytes) -> Remedy | None:
    """What tells the answer's body from another one."""
    if isinstance(subject.document, dict | list) or (subject.is_json and subject.hidden(())):
        return in_json("$", {"type": type_of(subject.document)})
    if subject.is_json:  # half a number is a number
        return in_json("$", literal(subject.document))
    if not subject.answer.body:
        return {"expect": {"text": {"empty": True}}}
    if subject.redaction:  # its paths do not lead into a text, of which any line may be personal
        return None
    text, other = decoded(subject.answer.body, subject.answer.content_type), instead.decode("utf-8", "replace")
    phrase = next((one for one in _phrases(text) if one not in other and not subject.scrubber.finds(one)), None)
    return None if phrase is None else {"expect": {"text": {"contains": literal(phrase)}}}


def _phrases(text: str) -> Iterator[str]:
    """Short texts by which a page is known, its title first, then lines from the end."""
    titled = re.search(r"<title[^>]*>\s*([^<]+?)\s*</title>", text, re.IGNORECASE)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    yield from (line[-_LONGEST:].strip() for line in reversed(lines))
    if titled is not None:
        yield titled[1][:_LONGEST].strip()


def previous(mutation: Mutation, subject: Subject) -> Made:
    """The answer before this one, once more: what a cache does, or a connection whose answers are out of step."""
    before = [one for one in subject.stage.recording.before(subject.step.id) if one.answer is not None]
    if not before:
        return
    earlier = before[-1]
    assert earlier.answer is not None, "chosen for it"
    words = f"answers what `{earlier.step}` was answered"
    remedy = _told_apart(subject, earlier.answer)
    if remedy is None:
        yield Excuse(mutation.id, subject.step.id, "body", f"nothing tells it from the answer to `{earlier.step}`")
        return
    yield Fault(mutation.id, subject.step.id, "body", words, given(subject.with_answer(earlier.answer)), remedy)


def _told_apart(subject: Subject, other: Answer) -> Remedy | None:
    """An assertion that holds of this answer and not of the other."""
    if other.status != subject.answer.status:
        return {"expect": {"status": subject.answer.status}}
    if not subject.is_json:
        return form(subject, other.body) if other.body != subject.answer.body else None
    theirs = replace(subject, taken=replace(subject.taken, answer=other))
    if not theirs.is_json or type_of(theirs.document) != type_of(subject.document):
        return form(subject, other.body)
    for place in subject.places:
        if (remedy := _differs(subject, place, value_at(theirs.document, place.location))) is not None:
            return remedy
    return None


def _differs(subject: Subject, place: Place, other: Json) -> Remedy | None:
    if other is MISSING and place.value is None:
        return in_json(place.path, {"exists": True})
    if other is MISSING or type_of(other) != type_of(place.value):
        return in_json(place.path, {"type": type_of(place.value)})
    echo = subject.echo(place)
    if echo is not None and other != place.value:
        return in_json(place.path, echo.written)
    return None


def missing_header(mutation: Mutation, subject: Subject) -> Made:
    """The headers that the probe speaks of, and `Location` where a status promises one."""
    asked = [name for expect in subject.expects for name, _ in expect.headers]
    taken = [one for one in subject.step.captures if one.origin is CaptureFrom.HEADER]
    promised = ["Location"] if subject.answer.status == 201 or 300 <= subject.answer.status <= 399 else []
    answers = [] if subject.step.expect.openapi is None else subject.step.expect.openapi.answers
    documented = [header.name for one in answers for header in one.headers if header.required]
    spare = {one.selector.lower() for one in taken if one.has_default}
    for name in {
        name.lower(): name for name in (*asked, *(one.selector for one in taken), *documented, *promised)
    }.values():
        if subject.answer.header(name) is None:
            continue
        if name.lower() in spare:
            yield Excuse(mutation.id, subject.step.id, name, "the probe captures it with a default")
            continue
        kept = [both for both in subject.answer.headers if both[0].lower() != name.lower().encode()]
        change = subject.with_answer(replace(subject.answer, headers=tuple(kept)))
        remedy = {"expect": {"headers": {name: {"exists": True}}}}
        yield Fault(mutation.id, subject.step.id, name, f"has no header `{name}`", given(change), remedy)


def missing_cookie(mutation: Mutation, subject: Subject) -> Made:
    spare = {one.selector for one in subject.step.captures if one.origin is CaptureFrom.COOKIE and one.has_default}
    for name, line in _cookies(subject.answer):
        if name in spare:
            yield Excuse(mutation.id, subject.step.id, name, "the probe captures it with a default")
            continue
        kept = tuple(both for both in subject.answer.headers if both[1] != line)
        change = subject.with_answer(replace(subject.answer, headers=kept))
        remedy = {"expect": {"cookies": {name: {"exists": True}}}}
        yield Fault(mutation.id, subject.step.id, name, f"sets no cookie `{name}`", given(change), remedy)


def _cookies(answer: Answer) -> Iterator[tuple[str, bytes]]:
    """Name and header line of each cookie that is set, not of those that are deleted."""
    for name, line in answer.headers:
        if name.lower() == b"set-cookie" and not re.search(rb"max-age=0|expires=[^;]*\b(19|2000)", line, re.IGNORECASE):
            cookie = line.decode("latin-1").partition("=")[0].strip()
            if re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", cookie):
                yield cookie, line


def graphql_errors(mutation: Mutation, subject: Subject) -> Made:
    """Data, and errors beside it, with a status that says nothing of them."""
    document = subject.document
    if isinstance(document, dict) and "data" in document and subject.asks_in_graphql:
        errors = [{"message": "the resolver gave up", "path": ["data"]}]
        body = json.dumps({**document, "errors": errors}, ensure_ascii=False).encode("utf-8", "surrogatepass")
        remedy = in_json("$.errors", {"exists": False})
        words = "has GraphQL errors beside its data"
        yield Fault(mutation.id, subject.step.id, "$.errors", words, given(subject.with_body(body)), remedy)


def never_true(mutation: Mutation, subject: Subject) -> Made:
    """Every attempt of a poll is answered as one that was not yet enough."""
    if subject.step.poll is None:
        return
    lane = subject.stage.recording.lane(subject.lane)
    words = "never becomes what the poll waits for"
    taken = lane[0] if subject.at > 0 else replace(subject.taken, answer=_not_yet(subject))
    change = Change(subject.lane, 0, taken)
    yield Fault(mutation.id, subject.step.id, "poll", words, given(change), None)


def _not_yet(subject: Subject) -> Answer:
    """Without the first value that the poll waits for; a 404 if it waits for nothing in JSON."""
    waited = [place for place in subject.places if place.location and subject.awaited(place.location)]
    if not waited or isinstance(subject.document, Unreadable):
        return _problem(404)
    body = json.dumps(without(subject.document, waited[0].location)).encode()
    return replace(subject.answer, body=body)
