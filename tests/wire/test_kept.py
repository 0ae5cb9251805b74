"""The document of a run as it is kept: it says what the public one says, and a wrong one is refused with its place."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthmon import wire
from synthmon.errors import MalformedDocument
from synthmon.model.run import Exchange, ExchangePurpose, Phases, RunResult, StepResult
from tests.depth import times
from tests.wire import strategies
from tests.wire.test_run import FAILED

any_number = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**70), 2**70).map(float)


def through(document: Any) -> RunResult:
    return wire.from_json(wire.loads(wire.dumps(document)))


def as_usual(step: StepResult) -> StepResult:
    """With exchanges that took what the step took."""
    return replace(step, exchanges=tuple(replace(one, phases=step.phases) for one in step.exchanges))


@settings(max_examples=times(20), deadline=None)
@given(strategies.runs, st.booleans())
def test_it_says_what_the_public_document_says(result: RunResult, usual: bool) -> None:
    if usual:
        result = replace(result, steps=tuple(map(as_usual, result.steps)))
    assert result == through(wire.to_kept_json(result)) == through(wire.to_json(result))


@settings(max_examples=times(20), deadline=None)
@given(st.lists(any_number, min_size=10, max_size=10))
def test_whatever_number_stands_there_both_read_the_same(numbers: list[float]) -> None:
    phases = Phases(*numbers[3:])
    exchange = Exchange(ExchangePurpose.REQUEST, "GET", "/", offset=numbers[0], phases=replace(phases, dns=None))
    step = replace(FAILED.steps[0], offset=numbers[0], duration=numbers[1], latency=numbers[2], phases=phases)
    result = replace(FAILED, steps=(replace(step, exchanges=(exchange,)),))
    assert through(wire.to_json(result)) == through(wire.to_kept_json(result))


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_stays_none_for_who_refuses_it(number: float) -> None:
    result = replace(FAILED, steps=(replace(FAILED.steps[0], latency=number),))
    assert str(number) == str(wire.to_kept_json(result)["steps"][0]["figures"][2])


def test_what_is_as_usual_is_not_written() -> None:
    document = wire.to_kept_json(replace(FAILED, failures=(), failed_step=None))
    (step,) = document["steps"]
    assert {"id", "name", "outcome", "status", "assertions", "figures", "failures"} == step.keys()
    assert not {"failures", "failed_step", "reason", "flaky", "trace_id", "cleanup", "leftovers"} & document.keys()


@pytest.mark.parametrize(
    ("figures", "message"),
    [
        (None, "steps[0].figures: expected a list, got null"),
        ([1] * 9, "steps[0].figures: expected 10 figures, got a list"),
        ([*[1] * 9, "1"], "steps[0].figures: expected 10 figures, got a list"),
        ([*[1] * 9, True], "steps[0].figures: expected 10 figures, got a list"),
        ([*[1] * 9, 10**400], "steps[0].figures: expected numbers of this world, got a list"),
        ([None, *[1] * 9], "steps[0].figures: expected an offset and a duration, got a list"),
    ],
)
def test_figures_that_are_none_are_refused_with_their_place(figures: Any, message: str) -> None:
    document = wire.to_kept_json(FAILED)
    document["steps"][0]["figures"] = figures
    with pytest.raises(MalformedDocument) as refusal:
        wire.from_json(document)
    assert message == str(refusal.value)
