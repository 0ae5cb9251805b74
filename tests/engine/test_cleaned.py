"""Which fields of a run's result are looked through for secrets: all that can hold a text."""

from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, get_type_hints

from synthmon.engine.cleaned import cleaned
from synthmon.model.run import (
    AnswerShape,
    AssertionResult,
    Evidence,
    Exchange,
    ExchangePurpose,
    Failure,
    FailureKind,
    Leftover,
    Outcome,
    Phases,
    Quality,
    RunKey,
    RunResult,
    StepResult,
)
from synthmon.model.secret import Scrubber, Secret

SLOT = datetime(2026, 11, 27, tzinfo=UTC)
KEY = RunKey("production", "checkout", "eu-west", SLOT)
NAMES = {"id", "failed_step", "trace_id", "probe_hash", "run"}  # of the declaration, or derived
PLANTED = "s3cr3t-value"


def full() -> RunResult:
    """A result in which every field that can hold a text holds one."""
    failure = Failure(FailureKind.STATUS, "message", "expected", "actual", "detail", "a.yaml:1:1")
    exchange = Exchange(
        purpose=ExchangePurpose.REQUEST,
        method="GET",
        url="url",
        offset=0.0,
        phases=Phases(total=1.0),
        address="address",
        http_version="2",
        failure=failure,
        proxy="proxy",
    )
    evidence = Evidence(
        method="GET",
        url="url",
        request_headers=(("name", "value"),),
        request_body="body",
        response_headers=(("name", "value"),),
        response_body="body",
        command="curl",
    )
    step = StepResult(
        "pay",
        "Pay",
        Outcome.FAILED,
        0.0,
        1.0,
        assertions=(AssertionResult("subject", "expected", "actual", False, "message", "a.yaml:1:1"),),
        failures=(failure,),
        exchanges=(exchange,),
        captured={"token": "value"},
        skipped_because="skipped",
        unverified="unverified",
        evidence=evidence,
        shape=AnswerShape((("server", "shop"),), (("$.id", "text"),)),
    )
    return RunResult(
        KEY,
        SLOT,
        1.0,
        Outcome.FAILED,
        steps=(step,),
        cleanup=(step,),
        failures=(failure,),
        failed_step="pay",
        quality=Quality(),
        probe_hash="hash",
        reason="reason",
        trace_id="trace",
        leftovers=(Leftover(KEY.id, SLOT - timedelta(hours=1), 1, (step,), given_up="given up"),),
    )


def planted(value: Any, place: str = "") -> list[tuple[str, Any]]:
    """The value once for each text in it, with the secret in place of that text."""
    if isinstance(value, str) and not isinstance(value, Enum):
        return [(place, PLANTED)]
    if isinstance(value, tuple):
        return [
            (at, (*value[:index], item, *value[index + 1 :]))
            for index, one in enumerate(value)
            for at, item in planted(one, f"{place}[{index}]")
        ]
    if isinstance(value, dict):
        return [
            (at, {**value, name: item}) for name, one in value.items() for at, item in planted(one, f"{place}.{name}")
        ]
    if is_dataclass(value) and not isinstance(value, RunKey):
        return [
            (at, replace(value, **{field.name: item}))  # type: ignore[type-var]
            for field in fields(value)
            if field.name not in NAMES
            for at, item in planted(getattr(value, field.name), f"{place}.{field.name}")
        ]
    return []


def empty(value: Any, place: str = "") -> list[str]:
    """Where the value, of which nothing should be left out, holds nothing although it could hold more than a number."""
    if isinstance(value, tuple | dict) and not value:
        return [place]
    if isinstance(value, tuple):
        return [at for one in value for at in empty(one, place)]
    if is_dataclass(value) and not isinstance(value, RunKey):
        hints = get_type_hints(type(value))
        given = [(field.name, getattr(value, field.name)) for field in fields(value)]
        missing = [
            f"{place}.{name}" for name, one in given if (one is None or one == "") and "str" in repr(hints[name])
        ]
        missing += [f"{place}.{name}" for name, one in given if one is None and is_noun(hints[name])]
        return missing + [at for name, one in given if one is not None for at in empty(one, f"{place}.{name}")]
    return []


def is_noun(hint: Any) -> bool:
    return any(is_dataclass(one) for one in getattr(hint, "__args__", (hint,)))


def test_a_secret_is_found_wherever_a_result_holds_a_text() -> None:
    cases = planted(full())
    scrubber = Scrubber((Secret("secrets.planted", PLANTED),))
    assert len(cases) > 60
    left = [at for at, result in cases if PLANTED in repr(cleaned(result, scrubber))]
    assert left == []


def test_no_field_that_can_hold_a_text_is_left_out() -> None:
    assert empty(full()) == []


def test_a_result_without_a_secret_is_the_same_object() -> None:
    result = full()
    assert cleaned(result, Scrubber((Secret("secrets.planted", PLANTED),))) is result
