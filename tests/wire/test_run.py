"""A run's result as a document: it comes back as it went, and a wrong one is refused with its place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings

from synthmon import wire
from synthmon.errors import MalformedDocument
from synthmon.model.run import (
    AssertionResult,
    Failure,
    FailureKind,
    Json,
    Outcome,
    Phases,
    RunKey,
    RunResult,
    StepResult,
)
from tests.depth import times
from tests.wire import strategies

SLOT = datetime(2026, 11, 23, 8, 14, 11, 250_000, tzinfo=UTC)
FAILED = RunResult(
    key=RunKey("production", "checkout", "local", SLOT),
    started_at=SLOT,
    duration=1.25,
    outcome=Outcome.FAILED,
    failed_step="pay",
    failures=(Failure(FailureKind.STATUS, "status was 500"),),
    steps=(
        StepResult(
            id="pay",
            name="Pay",
            outcome=Outcome.FAILED,
            offset=0.5,
            duration=0.75,
            phases=Phases(first_byte=0.7),
            status=500,
            assertions=(AssertionResult("status", "2xx", "500", passed=False),),
            failures=(Failure(FailureKind.STATUS, "status was 500"),),
        ),
    ),
)


def there_and_back(result: RunResult) -> RunResult:
    return wire.from_json(wire.loads(wire.dumps(wire.to_json(result))))


@settings(max_examples=times(20), deadline=None)
@given(strategies.runs)
def test_every_result_comes_back_as_it_went(result: RunResult) -> None:
    assert result == there_and_back(result)


def test_the_public_names_of_a_result_are_there() -> None:
    document = wire.to_json(FAILED)
    (step,) = document["steps"]
    assert (1, FAILED.id, "checkout", "local") == tuple(document[name] for name in ("format", "id", "probe", "region"))
    assert ("2026-11-23T08:14:11.250Z", "scheduled", "failed") == tuple(
        document[name] for name in ("slot", "kind", "outcome")
    )
    assert ("pay", "failed", 500, 0.7) == (step["id"], step["outcome"], step["status"], step["phases"]["first_byte"])
    assert ("status", "status was 500") == (step["failures"][0]["kind"], step["failures"][0]["message"])
    assert ("status", "2xx", "500", False) == tuple(
        step["assertions"][0][name] for name in ("subject", "expected", "actual", "passed")
    )


def test_what_a_later_version_added_is_ignored() -> None:
    document = wire.to_json(FAILED)
    document["colour"] = "blue"
    document["steps"][0]["weather"] = {"rain": True}
    assert FAILED == wire.from_json(document)


def test_what_an_earlier_version_did_not_know_gets_its_default() -> None:
    document = wire.to_json(FAILED)
    for name in ("quality", "trace_id", "flaky", "probe_hash", "cleanup"):
        del document[name]
    assert FAILED == wire.from_json(document)


def _without(document: Json, name: str) -> Json:
    return {key: value for key, value in document.items() if key != name}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: _without(d, "probe"), "probe: missing"),
        (lambda d: _without(d, "format"), "format: missing"),
        (lambda d: d | {"format": 3}, "format: this version reads formats 1 and 2, the document has 3"),
        (lambda d: d | {"slot": "yesterday"}, "slot: expected an instant with its zone, got 'yesterday'"),
        (
            lambda d: d | {"slot": "2026-11-23T08:14:11"},
            "slot: expected an instant with its zone, got '2026-11-23T08:14:11'",
        ),
        (
            lambda d: d | {"started_at": "0001-01-01T00:00:00+23:00"},
            "started_at: expected an instant with its zone, got '0001-01-01T00:00:00+23:00'",
        ),
        (lambda d: d | {"duration": "1"}, "duration: expected a number, got '1'"),
        (lambda d: d | {"duration": True}, "duration: expected a number, got True"),
        (lambda d: d | {"outcome": "fine"}, "outcome: expected one of passed, degraded, failed"),
        (lambda d: d | {"flaky": 1}, "flaky: expected true or false, got 1"),
        (lambda d: d | {"steps": {}}, "steps: expected a list, got an object"),
        (lambda d: d | {"steps": [7]}, "steps[0]: expected an object, got 7"),
        (lambda d: d | {"steps": [_without(d["steps"][0], "id")]}, "steps[0].id: missing"),
        (lambda d: d | {"id": "another"}, f"id: expected {FAILED.id}"),
        (lambda d: d | {"n": None}, "n: expected a whole number, got null"),
        (lambda d: [d], "the document: expected an object, got a list"),
    ],
)
def test_a_wrong_document_is_refused_with_the_place_of_what_is_wrong(change: Any, message: str) -> None:
    with pytest.raises(MalformedDocument) as refusal:
        wire.from_json(change(wire.to_json(FAILED)))
    assert str(refusal.value).startswith(message)


def test_a_number_too_large_for_this_world_is_refused() -> None:
    with pytest.raises(MalformedDocument, match="duration"):
        wire.from_json(wire.to_json(FAILED) | {"duration": 10**400})


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"9" * 5000])
def test_text_that_is_no_json_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedDocument, match="not a JSON document"):
        wire.loads(data)


def test_instants_are_kept_to_the_millisecond_and_durations_to_the_microsecond() -> None:
    fine = RunResult(
        key=FAILED.key,
        started_at=SLOT + timedelta(microseconds=999),
        duration=0.1234567891,
        outcome=Outcome.PASSED,
    )
    assert (SLOT, 0.123457) == (there_and_back(fine).started_at, there_and_back(fine).duration)


def test_an_instant_of_another_zone_is_written_in_utc() -> None:
    paris = timezone(timedelta(hours=1))
    elsewhere = RunResult(key=FAILED.key, started_at=SLOT.astimezone(paris), duration=0, outcome=Outcome.PASSED)
    assert "2026-11-23T08:14:11.250Z" == wire.to_json(elsewhere)["started_at"]


def test_a_naive_instant_is_refused() -> None:
    naive = RunResult(key=FAILED.key, started_at=datetime(2026, 1, 1), duration=0, outcome=Outcome.PASSED)  # noqa: DTZ001
    with pytest.raises(ValueError, match="naive"):
        wire.to_json(naive)
