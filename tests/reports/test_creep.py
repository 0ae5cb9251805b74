"""Slow creep: a rise is seen whatever single days did, and noise is not taken for one."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from synthmon.model.histogram import Histogram
from synthmon.reports.figures.counting import Tally
from synthmon.reports.figures.creep import DAYS, creeping, rises, theil_sen, trend
from synthmon.reports.figures.latency import JOURNEY, StepFigures
from synthmon.reports.figures.past import Day

START = datetime(2026, 3, 1, tzinfo=UTC)


def points(*values: float) -> list[tuple[float, float]]:
    return [(float(index), value) for index, value in enumerate(values)]


@pytest.mark.parametrize(
    ("values", "slope"),
    [
        pytest.param((1.0, 2.0, 3.0, 4.0), 1.0, id="a line"),
        pytest.param((1.0, 2.0, 99.0, 4.0, 5.0), 1.0, id="one odd day does not move it"),
        pytest.param((4.0, 3.0, 2.0), -1.0, id="it falls"),
        pytest.param((2.0, 2.0, 2.0), 0.0, id="it is level"),
    ],
)
def test_the_slope_is_the_median_of_all_pairs(values: tuple[float, ...], slope: float) -> None:
    assert pytest.approx(slope) == theil_sen(points(*values))


def test_the_trend_counts_pairs_that_rise_in_standard_deviations() -> None:
    """Of 14 days in order all 91 pairs rise: (91 - 1) / sqrt(14 * 13 * 33 / 18)."""
    assert pytest.approx(90 / (14 * 13 * 33 / 18) ** 0.5) == trend(points(*range(14)))
    assert pytest.approx(-90 / (14 * 13 * 33 / 18) ** 0.5) == trend(points(*range(14, 0, -1)))
    assert 0.0 == trend(points(*[1.0] * 14))


@pytest.mark.parametrize(
    ("values", "risen"),
    [
        pytest.param([0.2 * 1.02**day for day in range(14)], True, id="two per cent a day"),
        pytest.param([0.2] * 6 + [0.9] + [0.2 + 0.01 * day for day in range(7)], True, id="with a day of trouble"),
        pytest.param([0.2 * 1.005**day for day in range(14)], False, id="six per cent in two weeks are too little"),
        pytest.param([0.005 * 1.05**day for day in range(14)], False, id="a few milliseconds matter to nobody"),
        pytest.param([0.2] * 14, False, id="level"),
        pytest.param([0.2] * 7 + [0.4] * 7, False, id="a step is told by comparison, it does not creep"),
        pytest.param([0.4] * 13 + [4.0], False, id="one bad day at the end"),
        pytest.param([0.2 * 1.1**day for day in range(9)], False, id="nine days are too few"),
        pytest.param([0.6 - 0.02 * day for day in range(14)], False, id="it becomes quicker"),
        pytest.param([0.2, 0.2, 0.2, 0.2, 0.2, 0.1, 0.1] * 2, False, id="quiet week-ends"),
    ],
)
def test_what_counts_as_a_rise(values: Sequence[float], *, risen: bool) -> None:
    assert risen is rises(points(*values))


@pytest.mark.parametrize("spread", [0.02, 0.10, 0.30, 0.80])
def test_noise_is_not_taken_for_a_rise(spread: float) -> None:
    """Of 1,000 series that are level but for chance, as many rise by three deviations as chance has it: about one."""
    chance = random.Random(f"creep {spread}")
    false = sum(rises(points(*[0.2 * chance.lognormvariate(0.0, spread) for _ in range(14)])) for _ in range(1000))
    assert false <= 5


@pytest.mark.parametrize(("spread", "seen"), [(0.02, 199), (0.05, 160)])
def test_a_rise_of_a_third_is_seen_through_noise(spread: float, seen: int) -> None:
    chance = random.Random(f"rise {spread}")
    series = ([0.2 * (1 + 0.025 * day) * chance.lognormvariate(0.0, spread) for day in range(14)] for _ in range(200))
    assert sum(rises(points(*values)) for values in series) >= seen


def one_day(number: int, latency: float, budget: float | None = 1.0, judged: int = 100, key: str = JOURNEY) -> Day:
    figures = StepFigures(key, key or "whole journey", budget, Histogram.of([latency] * 20))
    start = START + timedelta(days=number)
    return Day(start, start + timedelta(days=1), Tally(good_runs=judged, due=100), {key: figures})


RISING = [one_day(number, 0.2 + 0.01 * number) for number in range(20)]


def test_what_creeps_is_told_with_its_line_and_when_it_meets_the_budget() -> None:
    (creep,) = creeping(RISING, START + timedelta(days=20))
    assert (JOURNEY, DAYS, START + timedelta(days=6)) == (creep.step, creep.days, creep.since)
    assert pytest.approx((0.26, 0.39, 0.01), rel=0.03) == (creep.then, creep.now, creep.per_day)
    assert pytest.approx(61, abs=3) == creep.left
    assert pytest.approx(0.5, abs=0.03) == creep.rise


def with_journey(one: Day, latency: float) -> Day:
    journey = StepFigures(JOURNEY, "whole journey", None, Histogram.of([latency] * 20))
    return replace(one, steps={JOURNEY: journey, **one.steps})


def test_a_step_creeps_by_itself_and_without_a_budget_too_where_the_journey_rises_somewhat() -> None:
    """The journey rises by 7 % in two weeks, its step by 65 %."""
    steps = [one_day(number, 0.2 + 0.01 * number, None, key="pay") for number in range(14)]
    days = [with_journey(one, 2.0 + 0.011 * number) for number, one in enumerate(steps)]
    (creep,) = creeping(days, days[-1].end)
    assert ("pay", None, None) == (creep.step, creep.budget, creep.left)
    assert () == creeping([with_journey(one, 2.0) for one in steps], days[-1].end)


def test_what_is_over_its_budget_already_does_not_creep() -> None:
    assert () == creeping([one_day(number, 0.2 + 0.01 * number, 0.35) for number in range(20)], RISING[-1].end)


def test_days_that_are_not_over_or_of_which_too_little_is_known_are_left_out() -> None:
    assert () == creeping(RISING[:10], RISING[9].end - timedelta(hours=1))
    (creep,) = creeping(RISING[:10], RISING[9].end)
    assert 10 == creep.days
    poor = [one_day(number, 0.2 + 0.01 * number, judged=94 if number == 5 else 100) for number in range(10)]
    assert () == creeping(poor, poor[-1].end)
