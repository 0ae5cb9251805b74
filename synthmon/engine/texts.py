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

from synthmon.model.run import Evidence, Exchange, Failure, RunResult, StepResult

_STEP = attrgetter("name", "skipped_because", "unverified")
_ASSERTION = attrgetter("subject", "expected", "actual", "message", "source")
_FAILURE = attrgetter("message", "expected", "actual", "detail", "source")
_EXCHANGE = attrgetter("method", "url", "address", "http_version", "proxy")
_EVIDENCE = attrgetter("method", "url", "request_body", "response_body", "command")


def texts_of(result: RunResult) -> set[str]:
    """Each text once."""
    found: set[str | None] = {result.reason}
    _of_failures(result.failures, found)
    for step in result.steps:
        _of_step(step, found)
    for step in result.cleanup:
        _of_step(step, found)
    for leftover in result.leftovers:
        found.update((leftover.run, leftover.given_up))
        for step in leftover.steps:
            _of_step(step, found)
    found.discard(None)
    return cast("set[str]", found)


def _of_step(step: StepResult, found: set[str | None]) -> None:
    found.update(_STEP(step))
    for one in step.assertions:
        found.update(_ASSERTION(one))
    if step.failures:
        _of_failures(step.failures, found)
    _of_exchanges(step.exchanges, found)
    if step.captured:
        found.update(step.captured.values())
    if step.evidence is not None:
        _of_evidence(step.evidence, found)
    if step.shape is not None:
        found.update(chain.from_iterable(step.shape.headers), chain.from_iterable(step.shape.body))


def _of_failures(failures: Iterable[Failure], found: set[str | None]) -> None:
    for one in failures:
        found.update(_FAILURE(one))


def _of_exchanges(exchanges: Iterable[Exchange], found: set[str | None]) -> None:
    for one in exchanges:
        found.update(_EXCHANGE(one))
        if one.failure is not None:
            found.update(_FAILURE(one.failure))


def _of_evidence(evidence: Evidence, found: set[str | None]) -> None:
    headers = (*evidence.request_headers, *evidence.response_headers)
    found.update(_EVIDENCE(evidence), chain.from_iterable(headers))
