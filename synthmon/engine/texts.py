"""Every text of a run's result in which a secret could stand.

Each result of each run is looked through, so the fields are named here, type by type, instead of being worked out.
`tests/engine/test_cleaned.py` plants a secret in each text that a result can hold: a field that is new and not named
here is told there. What is of the declaration or derived from the run (`cleaned.NAMES`) is no such text.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from operator import attrgetter

from synthmon.model.run import AnswerShape, Evidence, Failure, RunResult, StepResult

_NAME = "‹"  # what is captured is shown as JSON; only the name of a secret in its place, which is declared, begins so
_FAILURE = attrgetter("message", "expected", "actual", "detail", "source")
_EVIDENCE = attrgetter("method", "url", "request_body", "response_body", "command")


def joined(result: RunResult) -> tuple[str, int]:
    """Each text on a line of its own, and how long the longest is. Few stand there twice."""
    found: set[str | None] = {result.reason}
    shapes: list[AnswerShape] = []
    if result.failures:
        _of_failures(result.failures, found)
    _of_steps(result.steps, found, shapes)
    if result.cleanup:
        _of_steps(result.cleanup, found, shapes)
    for leftover in result.leftovers:
        found.update((leftover.run, leftover.given_up))
        _of_steps(leftover.steps, found, shapes)
    found.discard(None)
    texts: set[str] = found  # type: ignore[assignment]
    longest = max(map(len, texts), default=0)
    for shape in shapes:  # all of one at once, which are the same in run after run
        said, most = shape.said
        texts.add(said)
        longest = max(longest, most)
    return "\n".join(texts), longest


def _of_steps(steps: Iterable[StepResult], found: set[str | None], shapes: list[AnswerShape]) -> None:
    add = found.add  # one by one, which takes a third of what it takes to make a tuple of them first
    for step in steps:
        add(step.name)
        add(step.skipped_because)
        add(step.unverified)
        for one in step.assertions:
            add(one.subject)
            add(one.expected)
            add(one.actual)
            add(one.message)
            add(one.source)
        for exchange in step.exchanges:
            add(exchange.method)
            add(exchange.url)
            add(exchange.address)
            add(exchange.http_version)
            add(exchange.proxy)
            if exchange.failure is not None:
                found.update(_FAILURE(exchange.failure))
        for shown in step.captured.values():
            if not shown.startswith(_NAME):
                add(shown)
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
