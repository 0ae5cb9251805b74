"""Every text of a run's result in which a secret could stand.

Each result of each run is looked through, so the fields are named here, type by type, instead of being worked out.
`tests/engine/test_cleaned.py` plants a secret in each text that a result can hold: a field that is new and not named
here is told there. What is of the declaration or derived from the run (`cleaned.NAMES`) is no such text.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from operator import attrgetter
from typing import cast

from synthmon.model.run import AnswerShape, Evidence, Failure, RunResult, StepResult

_STEP = attrgetter("name", "skipped_because", "unverified")
_ASSERTION = attrgetter("subject", "expected", "actual", "message", "source")
_FAILURE = attrgetter("message", "expected", "actual", "detail", "source")
_EXCHANGE = attrgetter("method", "url", "address", "http_version", "proxy")
_EVIDENCE = attrgetter("method", "url", "request_body", "response_body", "command")


def joined(result: RunResult) -> tuple[str, int]:
    """Each text on a line of its own, and how long the longest is. Few stand there twice."""
    found, shapes = set[str | None](), list[AnswerShape]()
    found.add(result.reason)
    if result.failures:
        _of_failures(result.failures, found)
    _of_steps(result.steps, found, shapes)
    _of_steps(result.cleanup, found, shapes)
    for leftover in result.leftovers:
        found.update((leftover.run, leftover.given_up))
        _of_steps(leftover.steps, found, shapes)
    found.discard(None)
    texts = cast("set[str]", found)
    longest = max(map(len, texts), default=0)
    for shape in shapes:  # all of one at once, which are the same in run after run
        said, most = shape.said
        texts.add(said)
        longest = max(longest, most)
    return "\n".join(texts), longest


def _of_steps(steps: Iterable[StepResult], found: set[str | None], shapes: list[AnswerShape]) -> None:
    add = found.update
    for step in steps:
        add(_STEP(step))
        for one in step.assertions:
            add(_ASSERTION(one))
        for exchange in step.exchanges:
            add(_EXCHANGE(exchange))
            if exchange.failure is not None:
                add(_FAILURE(exchange.failure))
        if step.captured:
            add(step.captured.values())
        if step.shape is not None:
            shapes.append(step.shape)
        if step.failures:
            _of_failures(step.failures, found)
        if step.evidence is not None:
            _of_evidence(step.evidence, found)


def _of_failures(failures: Iterable[Failure], found: set[str | None]) -> None:
    for one in failures:
        found.update(_FAILURE(one))


def _of_evidence(evidence: Evidence, found: set[str | None]) -> None:
    headers = (*evidence.request_headers, *evidence.response_headers)
    found.update(_EVIDENCE(evidence), chain.from_iterable(headers))
