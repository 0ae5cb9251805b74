"""Latency budgets in all their forms: what is degraded, what has failed, and what is not held against a target."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from synthmon.engine.timing import peaks, phase_failures
from synthmon.model.journey import Poll, Step
from synthmon.model.run import FailureKind, Outcome, Phases, RunResult
from tests.engine.world import World, probe, step, until


def slow(world: World, *took: float) -> None:
    """Let each answer take so many seconds, the last one again and again."""
    left = list(took)

    def answer(_request: httpx.Request) -> httpx.Response:
        seconds = left.pop(0) if len(left) > 1 else left[0]
        world.clock.advance(seconds)
        return httpx.Response(200, json={"done": not left[1:]})

    world.handler = answer


def ran(took: float, lag: float = 0.0, **more: Any) -> RunResult:
    world = World()
    slow(world, took)
    world.stall.lag = lag
    return world.run(probe(step("pay", **more)))


@pytest.mark.parametrize(
    ("took", "outcome"),
    [
        (1.0, Outcome.PASSED),  # exactly at a budget is within it
        (1.25, Outcome.DEGRADED),
        (5.0, Outcome.DEGRADED),
        (5.25, Outcome.FAILED),
    ],
)
def test_slower_is_degraded_and_slower_still_has_failed(took: float, outcome: Outcome) -> None:
    result = ran(took, latency_budget=1.0, hard_budget=5.0)

    assert outcome is result.outcome
    assert [FailureKind.BUDGET] * (outcome is not Outcome.PASSED) == [one.kind for one in result.failures]


def test_a_step_that_failed_by_being_slow_says_so_and_ends_the_run() -> None:
    world = World()
    slow(world, 6.0)
    result = world.run(probe(step("pay", latency_budget=1.0, hard_budget=5.0), step("later")))

    assert result.failed_step == "pay"
    assert "took 6.00 s, and has failed beyond 5.00 s" in result.failures[0].message
    assert [Outcome.FAILED, Outcome.SKIPPED] == [one.outcome for one in result.steps]


@pytest.mark.parametrize("lag", [0.6, 0.2])
def test_our_own_lag_makes_no_target_fail(lag: float) -> None:
    """0.6 s make the latency suspect; 0.2 s do not, but they are all by which it is beyond the budget."""
    result = ran(5.1, lag=lag, hard_budget=5.0)

    assert result.outcome is Outcome.PASSED


def test_a_run_that_is_too_slow_altogether_has_failed_although_no_step_did() -> None:
    world = World()
    slow(world, 3.0)
    result = world.run(probe(step("one"), step("two"), latency_budget=4.0, hard_budget=5.0))

    assert (result.outcome, result.failed_step) == (Outcome.FAILED, None)
    assert [one.message for one in result.failures] == ["the journey took 6.00 s, and has failed beyond 5.00 s"]
    assert [Outcome.PASSED, Outcome.PASSED] == [one.outcome for one in result.steps]


@pytest.mark.parametrize(("took", "outcome"), [(4.0, Outcome.PASSED), (4.5, Outcome.DEGRADED), (5.0, Outcome.DEGRADED)])
def test_a_run_at_its_budget_is_within_it(took: float, outcome: Outcome) -> None:
    world = World()
    slow(world, took)

    assert outcome is world.run(probe(step("one"), latency_budget=4.0, hard_budget=5.0)).outcome


@pytest.mark.parametrize(
    ("attempts", "outcome"),
    [((0.5, 0.5, 0.5), Outcome.PASSED), ((0.5, 2.0, 0.5), Outcome.DEGRADED), ((6.0, 0.5, 0.5), Outcome.FAILED)],
)
def test_of_a_poll_each_attempt_is_held_against_the_budget(attempts: tuple[float, ...], outcome: Outcome) -> None:
    world = World()
    slow(world, *attempts)
    waiting: Step = step("wait", poll=Poll(2.0, 40.0, until({"$.done": True})), latency_budget=1.0, hard_budget=5.0)

    result = world.run(probe(waiting))

    assert outcome is result.outcome
    assert max(attempts) == result.steps[0].latency


def test_a_phase_has_a_budget_of_its_own_and_one_that_did_not_happen_took_no_time() -> None:
    phases = Phases(first_byte=0.4, transfer=0.1)

    told = phase_failures(phases, (("dns", 0.1), ("first_byte", 0.3), ("transfer", 0.1)))

    assert [one.message for one in told] == ["waiting for the first byte took 400 ms, budget 300 ms"]
    assert told[0].expected == "first_byte: at most 300 ms"


def test_of_several_attempts_the_longest_of_each_phase_counts() -> None:
    longest = peaks(Phases(dns=0.1, first_byte=0.2), Phases(first_byte=0.5, transfer=0.3))

    assert Phases(dns=0.1, first_byte=0.5, transfer=0.3) == longest
