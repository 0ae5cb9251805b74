"""A run told by what is other than in a sample: it is read as its whole document is, or not told so at all."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthmon import wire
from synthmon.errors import MalformedDocument
from synthmon.model.run import (
    AssertionResult,
    Exchange,
    Outcome,
    Phases,
    Quality,
    RunKey,
    RunKind,
    RunResult,
    StepResult,
    from_millis,
)
from synthmon.model.trace import trace_id
from synthmon.wire import alike
from synthmon.wire.alike import MARKS, Sample
from synthmon.wire.run import PHASES
from tests.depth import times
from tests.store.values import run
from tests.wire import strategies

T = TypeVar("T")


def text(result: RunResult) -> bytes:
    return wire.dumps(wire.to_kept_json(result))


def told(sample: RunResult, result: RunResult) -> bytes | None:
    """What is told of it, which another process reads as the whole document."""
    found = Sample(text(sample)).told(result)
    if found is not None:
        assert found[:1] in MARKS
        assert wire.from_text(text(result)) == Sample(text(sample)).read(found)
    return found


def other_figures(draw: Any, one: T) -> T:
    """The same with other seconds wherever it has some."""
    seconds = {name: draw(strategies.seconds) for name in _SECONDS if getattr(one, name, None) is not None}
    return replace(one, **seconds)  # type: ignore[type-var]  # each is a noun


_SECONDS = ("offset", "duration", "latency", "late", "lag", *Phases.__dataclass_fields__)


def other_step(draw: Any, step: StepResult) -> StepResult:
    phases = other_figures(draw, step.phases)
    exchanges = tuple(
        replace(
            other_figures(draw, one),
            phases=phases if one.phases == step.phases else other_figures(draw, one.phases),
            received=draw(st.integers(0, 2**40)),
        )
        for one in step.exchanges
    )
    return replace(other_figures(draw, step), phases=phases, exchanges=exchanges)


def untraced(result: RunResult) -> RunResult:
    return replace(result, trace_id=None)


def like(draw: Any, sample: RunResult) -> RunResult:
    """Another run of the same version of its probe: as it is built, with other figures throughout."""
    slot = draw(strategies.slots)
    key = replace(sample.key, slot=slot, n=draw(st.integers(0, 3)), kind=draw(st.sampled_from(RunKind)))
    return replace(
        other_figures(draw, sample),
        key=key,
        trace_id=sample.trace_id and trace_id(key.id),
        started_at=slot + timedelta(milliseconds=draw(st.integers(0, 10**6))),
        quality=other_figures(draw, sample.quality),
        steps=tuple(other_step(draw, step) for step in sample.steps),
        cleanup=tuple(other_step(draw, step) for step in sample.cleanup),
    )


@settings(max_examples=times(15), deadline=None)
@given(st.data(), strategies.runs, st.booleans())
def test_a_run_with_other_figures_is_told_by_them(data: st.DataObject, sample: RunResult, traced: bool) -> None:
    sample = replace(sample, trace_id=trace_id(sample.id) if traced else None)
    result = like(data.draw, sample)
    found = told(sample, result)
    assert found is not None
    assert len(found) < 11 + 6 * (7 + 30 * len(result.every_step))


@settings(max_examples=times(15), deadline=None)
@given(strategies.runs.map(untraced), strategies.runs)
def test_of_any_two_runs_what_is_told_is_what_the_document_says(sample: RunResult, result: RunResult) -> None:
    told(sample, result)


def test_a_run_of_a_shop_takes_a_few_bytes() -> None:
    found = told(run(0), run(60))
    assert found is not None
    assert len(found) < len(text(run(60))) / 8


RUN = run(0)
STEP = RUN.steps[0]
EXCHANGE = replace(STEP.exchanges[0], certificate_until=from_millis(1_800_000_000_000))
ASSERTION = STEP.assertions[0]


def with_step(**changed: Any) -> RunResult:
    return replace(RUN, steps=(replace(STEP, exchanges=(EXCHANGE,), **changed), *RUN.steps[1:]))


@pytest.mark.parametrize(
    "changed",
    [
        {"exchanges": (replace(EXCHANGE, address="[2001:db8::7]:443", reused=True, status=None),)},
        {"exchanges": (replace(EXCHANGE, certificate_until=from_millis(1_900_000_000_000)),)},
        {"exchanges": (replace(EXCHANGE, certificate_until=None, url=EXCHANGE.url + "/€/7"),)},
        {"exchanges": (replace(EXCHANGE, url=EXCHANGE.url[3:], http_version="h\ud800"),)},
        {"assertions": (replace(ASSERTION, actual="201", passed=False), *STEP.assertions[1:])},
        {"captured": {name: f"{value}0" for name, value in STEP.captured.items()}},
        {"name": "", "excused": True, "status": 201},
    ],
)
def test_a_text_or_two_may_be_other_too(changed: dict[str, Any]) -> None:
    sample = with_step()
    result = replace(sample, steps=(replace(sample.steps[0], **changed), *sample.steps[1:]))
    assert told(sample, result) is not None


@pytest.mark.parametrize(
    "changed",
    [
        {"exchanges": ()},
        {"exchanges": (EXCHANGE, EXCHANGE)},
        {"exchanges": (replace(EXCHANGE, phases=Phases(total=1.0)),)},
        {"assertions": STEP.assertions[1:]},
        {"captured": {"another": "1"}},
        {"name": "another " * 40},
        {"outcome": Outcome.DEGRADED},
        {"latency": None},
        {"latency": math.nan},
        {"latency": math.inf},
        {"latency": -0.1},
        {"latency": 1e10},
    ],
)
def test_what_is_built_otherwise_is_not_told(changed: dict[str, Any]) -> None:
    sample = with_step()
    result = replace(sample, steps=(replace(sample.steps[0], **changed), *sample.steps[1:]))
    assert told(sample, result) is None


def test_a_run_before_its_slot_a_step_more_or_a_figure_more_is_not_told() -> None:
    early = replace(RUN, started_at=RUN.key.slot - timedelta(seconds=1))
    without = replace(RUN, latency=None)
    assert [None] * 3 == [told(RUN, early), told(RUN, replace(RUN, steps=RUN.steps[1:])), told(without, RUN)]


def test_a_trace_of_another_run_is_not_told_and_no_sample() -> None:
    traced, other = (replace(RUN, trace_id=trace_id(run_id)) for run_id in (RUN.id, run(60).id))
    assert [None] * 3 == [told(untraced(RUN), traced), told(traced, untraced(RUN)), told(traced, other)]
    with pytest.raises(MalformedDocument, match="its trace is that of another run"):
        Sample(text(other))


@pytest.mark.parametrize("micros", [0.0, 0.4, 0.5, 1.5, 2.5, 0.49999999999999994, 2**32, 2**47 + 0.5, 1234567.5])
def test_figures_are_rounded_as_the_document_has_them(micros: float) -> None:
    found = told(RUN, replace(RUN, duration=micros / 1e6))
    assert found is not None


def test_a_damaged_one_and_one_of_another_sample_are_refused() -> None:
    found = told(RUN, run(60))
    assert found is not None
    for place in range(len(found)):
        damaged = found[:place] + bytes([found[place] ^ 1]) + found[place + 1 :]
        with pytest.raises(MalformedDocument):
            Sample(text(RUN)).read(damaged)
    with pytest.raises(MalformedDocument):
        Sample(text(replace(RUN, duration=1.0))).read(found)


def test_every_field_of_a_run_is_told() -> None:
    """A field that is new has a place here, or nobody would read it again."""
    of_run = {name.partition(".")[0] for name in (*alike._OF_RUN, *alike._SECONDS_OF_RUN)}
    of_step = {name.partition(".")[0] for name in (*alike._OF_STEP, *alike._SECONDS_OF_STEP)}
    assert names_of(RunResult) == of_run | {"started_at", "steps", "cleanup", "trace_id"}
    assert names_of(StepResult) == of_step | {"assertions", "exchanges", "captured"}
    assert names_of(Exchange) == {*alike._OF_EXCHANGE, "offset", "phases", "received"}
    assert names_of(RunKey) == {"environment", "probe", "region", "slot", "kind", "n"}
    assert names_of(Quality) == {"late", "lag", "suspect"}
    assert PHASES == tuple(field.name for field in fields(Phases))
    one = AssertionResult("subject", "expected", "actual", False, "message", "source", True)
    assert one == AssertionResult(*alike._of_assertion(one))


def names_of(noun: type) -> set[str]:
    return {field.name for field in fields(noun)}
