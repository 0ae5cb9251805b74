"""When a failed run is looked at again, and how late a page can be."""

from __future__ import annotations

import pytest

from synthmon.judge.confirm import confirmation_due, detection_bound
from synthmon.model.probe import AlertRule, Track
from synthmon.model.run import Outcome, RunKey, RunKind
from tests.judge.world import run
from tests.making import NOON


@pytest.mark.parametrize("previous", [None, Outcome.PASSED, Outcome.DEGRADED])
def test_a_first_failure_is_confirmed_under_the_key_of_its_cause(previous: Outcome | None) -> None:
    key = confirmation_due(previous, run(NOON, "F"))

    assert RunKey("test", "checkout", "local", NOON, RunKind.CONFIRM, 1) == key


def test_a_second_failure_is_a_confirmation_already() -> None:
    assert confirmation_due(Outcome.FAILED, run(NOON, "F")) is None


@pytest.mark.parametrize("letter", ["P", "D", "E", "S"])
def test_only_a_failure_of_the_target_is_confirmed(letter: str) -> None:
    assert confirmation_due(Outcome.PASSED, run(NOON, letter)) is None


def test_confirmations_and_runs_on_request_are_not_confirmed() -> None:
    assert confirmation_due(Outcome.PASSED, run(NOON, "f")) is None
    assert confirmation_due(Outcome.PASSED, run(NOON, "F", kind=RunKind.MANUAL)) is None


@pytest.mark.parametrize(
    ("track", "at_least", "of", "seconds"),
    [
        (Track.DOWN, 1, 1, 60 + 10 + 2),
        (Track.DOWN, 2, 2, 87),
        (Track.DOWN, 3, 3, 2 * 60 + 10 + 2),
        (Track.DOWN, 3, 5, 2 * 60 + 10 + 2),
        (Track.SLOW, 3, 3, 3 * 60 + 10 + 2),
    ],
)
def test_the_bound_from_outage_to_decision_at_an_interval_of_60_and_a_timeout_of_10(
    track: Track, at_least: int, of: int, seconds: float
) -> None:
    assert seconds == detection_bound(AlertRule("rule", track, at_least, of), 60.0, 10.0)
