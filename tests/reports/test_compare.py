"""A period against those before it: which, and what better and worse mean."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from synthmon.model.histogram import Histogram
from synthmon.reports.figures.compare import Turn, baselines, compare
from synthmon.reports.figures.counting import Tally
from synthmon.reports.figures.latency import JOURNEY, StepFigures
from synthmon.reports.figures.past import Day
from synthmon.reports.figures.period import Period, PeriodKind, day, days, month, week

MONDAY = date(2026, 3, 2)
TODAY = day(MONDAY, UTC)
LONG_AGO = TODAY.start - timedelta(days=100)


def told(period: Period) -> list[tuple[str, str, str]]:
    return [(one.name, f"{one.start:%d %b}", f"{one.end - timedelta(seconds=1):%d %b}") for one in baselines(period)]


def test_a_day_is_held_against_the_day_before_the_same_weekday_and_7_and_28_days() -> None:
    assert [
        ("the day before", "01 Mar", "01 Mar"),
        ("Monday a week before", "23 Feb", "23 Feb"),
        ("the 7 days before", "23 Feb", "01 Mar"),
        ("the 28 days before", "02 Feb", "01 Mar"),
    ] == told(TODAY)


def test_longer_periods_are_held_against_the_one_before() -> None:
    assert [("the week before", "23 Feb", "01 Mar"), ("the 28 days before", "02 Feb", "01 Mar")] == told(
        week(MONDAY, UTC)
    )
    assert [("the month before", "01 Feb", "28 Feb")] == told(month(MONDAY, UTC))
    assert [("the 3 days before", "27 Feb", "01 Mar")] == told(days(MONDAY, date(2026, 3, 4), UTC))
    assert [] == told(days(date(2026, 1, 1), MONDAY, UTC))


def test_some_hours_are_held_against_nothing() -> None:
    noon = TODAY.start + timedelta(hours=12)
    assert [] == told(Period(noon, noon + timedelta(hours=3), UTC, PeriodKind.RANGE))
    assert [] == told(Period(TODAY.start, noon, UTC, PeriodKind.RANGE))


def one_day(start: datetime, bad: int = 0, latency: float = 0.2, judged: int = 1000, due: int = 1000) -> Day:
    """A day of a thousand runs of 86.4 seconds each."""
    tally = Tally(86.4 * (judged - bad), 86.4 * bad, judged - bad, bad, due)
    journey = StepFigures(JOURNEY, "whole journey", latency=Histogram.of([latency] * 20))
    return Day(start, start + timedelta(days=1), tally, {JOURNEY: journey})


@pytest.mark.parametrize(
    ("then", "now", "turn"),
    [
        pytest.param(0, 0, Turn.SAME, id="nothing bad on either day"),
        pytest.param(0, 1, Turn.WORSE, id="less available"),
        pytest.param(5, 4, Turn.BETTER, id="more available"),
        pytest.param(4, 4, Turn.SAME, id="as available as before"),
    ],
)
def test_more_availability_is_better(then: int, now: int, turn: Turn) -> None:
    before = one_day(TODAY.start - timedelta(days=1), then)
    found = compare(one_day(TODAY.start, now), [before], TODAY, LONG_AGO)[0].availability
    assert (turn, now < then) == (found.turn, found.more)
    assert pytest.approx((then - now) / 1000) == found.difference


@pytest.mark.parametrize(
    ("then", "now", "turn"),
    [
        pytest.param(0.200, 0.400, Turn.WORSE, id="twice as slow"),
        pytest.param(0.400, 0.200, Turn.BETTER, id="twice as quick"),
        pytest.param(0.200, 0.206, Turn.SAME, id="three per cent are no change"),
    ],
)
def test_more_latency_is_worse(then: float, now: float, turn: Turn) -> None:
    before = one_day(TODAY.start - timedelta(days=1), latency=then)
    found = compare(one_day(TODAY.start, latency=now), [before], TODAY, LONG_AGO)[0]
    assert (turn, turn, now > then) == (found.p50.turn, found.p95.turn, found.p95.more)
    assert pytest.approx(now / then - 1, abs=0.03) == found.p95.ratio


FINE = {"judged": 1000, "due": 1000}


@pytest.mark.parametrize(
    ("then", "now", "since"),
    [
        pytest.param({"judged": 949}, FINE, LONG_AGO, id="too little was judged then"),
        pytest.param(FINE, {"judged": 949}, LONG_AGO, id="too little was judged now"),
        pytest.param({"judged": 0, "due": 0}, FINE, LONG_AGO, id="nothing was due then"),
        pytest.param(FINE, FINE, TODAY.start - timedelta(hours=23), id="it was not declared for all of that day"),
        pytest.param(FINE, FINE, None, id="nobody knows since when it was declared"),
    ],
)
def test_without_enough_on_both_sides_nothing_is_said(
    then: dict[str, int], now: dict[str, int], since: datetime | None
) -> None:
    before = one_day(TODAY.start - timedelta(days=1), **then)
    found = compare(one_day(TODAY.start, bad=100, latency=9.0, **now), [before], TODAY, since)[0]
    assert (False, Turn.UNKNOWN, Turn.UNKNOWN) == (found.known, found.availability.turn, found.p95.turn)


def test_a_latency_of_a_few_runs_is_not_compared() -> None:
    few = StepFigures(JOURNEY, "whole journey", latency=Histogram.of([9.0] * 19))
    now = replace(one_day(TODAY.start), steps={JOURNEY: few})
    found = compare(now, [one_day(TODAY.start - timedelta(days=1))], TODAY, LONG_AGO)[0]
    assert (Turn.SAME, Turn.UNKNOWN, Turn.UNKNOWN) == (found.availability.turn, found.p50.turn, found.p95.turn)


def test_days_are_pooled_and_not_averaged() -> None:
    """28 days: 27 with a thousand runs of which none failed, one with ten of which all did."""
    past = [one_day(TODAY.start - timedelta(days=number)) for number in range(2, 29)]
    past.append(one_day(TODAY.start - timedelta(days=1), bad=10, judged=10, due=10))
    found = compare(one_day(TODAY.start), past, TODAY, LONG_AGO)[3].availability
    assert pytest.approx(27_000 / 27_010) == found.then
    assert Turn.BETTER is found.turn
