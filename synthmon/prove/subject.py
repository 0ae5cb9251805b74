"""One step of the good run as mutations look at it: its last answer, what the probe says of it, what the run knows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any

import httpx

from synthmon.engine.body import Unreadable, parse
from synthmon.engine.documented import documented
from synthmon.engine.redaction import Redaction, normalised
from synthmon.engine.reply import Reply
from synthmon.language.jsonpath import TooMuchWork, compile_path
from synthmon.model.answer import CaptureFrom, Expect, Matcher
from synthmon.model.journey import Step
from synthmon.model.run import StepResult
from synthmon.model.secret import Scrubber
from synthmon.nouns import dataclass
from synthmon.prove.contract import Contract
from synthmon.prove.known import Known
from synthmon.prove.place import MOST, Location, Place, places
from synthmon.prove.recording import Answer, Lane, Taken
from synthmon.prove.replay import Change, Stage


@dataclass(frozen=True, slots=True)
class Matched:
    """What a probe says of one value of an answer, under the path that it wrote."""

    path: str
    matcher: Matcher


@dataclass(frozen=True)
class Subject:
    """`taken` is the exchange that the step was judged by: the last one of its lane, number `at`."""

    stage: Stage
    step: Step
    result: StepResult
    taken: Taken
    at: int
    known: tuple[Known, ...]
    scrubber: Scrubber
    redaction: Redaction
    request: httpx.Request  # the one that was answered so, as sent
    latency: float  # seconds, of the whole journey
    cleanup: bool
    seed: int

    @property
    def lane(self) -> Lane:
        return self.step.id, False

    @cached_property
    def answer(self) -> Answer:
        assert self.taken.answer is not None, "a good run's last exchange has an answer"
        return self.taken.answer

    @cached_property
    def document(self) -> Any:
        """The answer's JSON, or `Unreadable`."""
        return parse(self.answer.body, self.answer.content_type)

    @property
    def is_json(self) -> bool:
        return not isinstance(self.document, Unreadable)

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """The places of the answer, the first few hundred; none of an answer that is no JSON."""
        found = places(self.document, self.seed) if self.is_json else iter(())
        return tuple(place for _, place in zip(range(MOST), found, strict=False))

    @cached_property
    def contract(self) -> Contract | None:
        """What the schema that judges the answer says."""
        ref, operation = self.step.expect.schema, self.step.expect.openapi
        if ref is None and operation is not None:
            response = self.answer.response(self.taken.wire)
            response.request = self.request
            _, ref = documented(operation, Reply(response, {}))
        return None if ref is None or not self.is_json else Contract(ref)

    @cached_property
    def expects(self) -> tuple[Expect, ...]:
        """Everything that the answer is held against."""
        until = None if self.step.poll is None else self.step.poll.until
        return tuple(one for one in (self.step.expect, until, self.step.warn) if one is not None)

    @cached_property
    def earlier(self) -> tuple[tuple[str, Any], ...]:
        """JSON that came before this answer in the run: of which step, and what."""
        before = (*self.stage.recording.before(self.step.id), *self.stage.recording.lane(self.lane)[: self.at])
        parsed = ((one.step, _json(one.answer)) for one in before if one.answer is not None)
        return tuple((step, document) for step, document in parsed if not isinstance(document, Unreadable))

    def said(self, location: Location) -> tuple[Matched, ...]:
        """What the probe expects of the value at that place."""
        return self._said.get(normalised(location), ())

    @cached_property
    def _said(self) -> dict[str, tuple[Matched, ...]]:
        found: dict[str, tuple[Matched, ...]] = {}
        for path, matcher in (both for expect in self.expects for both in expect.json):
            for place in self._nodes(path):
                found[place] = (*found.get(place, ()), Matched(path, matcher))
        return found

    @cached_property
    def optional(self) -> frozenset[str]:
        """Normalised paths of values that the probe captures with a default: it can do without them."""
        taken = (one for one in self.step.captures if one.has_default and one.origin is CaptureFrom.JSON)
        return frozenset(place for one in taken for place in self._nodes(one.selector))

    def hidden(self, location: Location) -> bool:
        """Whether the probe redacts the value or captures it as a secret, so that it must not be shown."""
        place = normalised(location)
        if self.redaction and self.redaction.hides(self.document, place):
            return True
        return place in self._secrets

    @cached_property
    def _secrets(self) -> frozenset[str]:
        taken = (one for one in self.step.captures if one.secret and one.origin is CaptureFrom.JSON)
        return frozenset(place for one in taken for place in self._nodes(one.selector))

    def _nodes(self, path: str) -> Iterator[str]:
        try:
            yield from (node.path for node in compile_path(path).find(self.document) if self.is_json)
        except TooMuchWork:
            return

    @property
    def shows_who_it_is(self) -> bool:
        return any(name in self.request.headers for name in ("Authorization", "Cookie")) or self.step.auth is not None

    @cached_property
    def asks_in_graphql(self) -> bool:
        sent = parse(self.request.read())
        return isinstance(sent, dict) and isinstance(sent.get("query"), str)

    def awaited(self, location: Location) -> bool:
        """Whether a poll waits for the value at that place."""
        until = () if self.step.poll is None else self.step.poll.until.json
        return any(normalised(location) in self._nodes(path) for path, _ in until)

    def echo(self, place: Place) -> Known | None:
        """What the run knew already of the value at that place; under the same name rather than under another."""
        back = [one for one in self.known if one.comes_back_as(place)]
        return next((one for one in back if one.name == place.name), next(iter(back), None))

    def with_answer(self, answer: Answer, **more: Any) -> Change:
        """The change that puts another answer in place of this one."""
        return Change(self.lane, self.at, replace(self.taken, answer=answer, failure=None), **more)

    def with_body(self, body: bytes) -> Change:
        return self.with_answer(replace(self.answer, body=body, headers=sized(self.answer.headers, body)))


def _json(answer: Answer) -> Any:
    return parse(answer.body, answer.content_type)


def sized(headers: tuple[tuple[bytes, bytes], ...], body: bytes) -> tuple[tuple[bytes, bytes], ...]:
    """The headers, saying how long the body now is."""
    length = b"%d" % len(body)
    return tuple((name, length if name.lower() == b"content-length" else value) for name, value in headers)
