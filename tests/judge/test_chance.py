"""How often chance alone trips a rule, held against counting, and against the judge itself."""

from __future__ import annotations

import itertools
import random

import pytest

from synthmon.judge.chance import MONTH, Expected, Setting, expected, figure, told_within, trip
from synthmon.judge.policy import Watch
from synthmon.judge.region import BELIEVED_DOWN, Evidence, judge_track
from synthmon.model.condition import Burn, BurnSpeed, FailureRate, Latency, NoData
from synthmon.model.incident import RunNote, TrackState
from synthmon.model.probe import AlertRule, Objective, RegionQuorum, Track
from synthmon.model.run import from_millis

ONE = Setting(interval=60, timeout=10, regions=1)
THREE = Setting(interval=60, timeout=10, regions=3)


def rule(at_least: int, of: int | None = None, **more: object) -> AlertRule:
    return AlertRule("x", Track.DOWN, at_least, of or at_least, **more)  # type: ignore[arg-type]


def monthly(wanted: AlertRule, setting: Setting, flakes: float) -> float:
    found = expected(wanted, setting, flakes).a_month
    assert found is not None
    return found


@pytest.mark.parametrize(("at_least", "of"), [(1, 1), (2, 2), (3, 3), (2, 3), (3, 5), (1, 4)])
def test_a_trip_is_as_frequent_as_counting_every_history_says(at_least: int, of: int) -> None:
    """Of all histories one run longer than the window: too few bad runs without the newest, enough with it."""
    flakes, counted = 0.2, 0.0
    for history in itertools.product((True, False), repeat=of + 1):
        if sum(history[:-1]) < at_least <= sum(history[1:]):
            counted += flakes ** sum(history) * (1 - flakes) ** (of + 1 - sum(history))
    assert trip(at_least, of, flakes) == pytest.approx(counted)


def test_the_judge_goes_down_as_often_as_is_expected() -> None:
    """One region of a probe that fails two runs in a row, by a coin."""
    flakes, runs, chance = 0.05, 30_000, random.Random(7)
    watch = Watch(Track.DOWN, (rule(2),), alerting=True, good_runs=2)
    note = RunNote("id", from_millis(0), "local", "failed")
    state, opened = TrackState(), 0
    for _ in range(runs):
        before = state.phase in BELIEVED_DOWN
        state = judge_track(state, Evidence.BAD if chance.random() < flakes else Evidence.GOOD, note, watch)
        opened += not before and state.phase in BELIEVED_DOWN
    a_month = Setting(interval=MONTH / runs, timeout=1, regions=1)
    assert opened == pytest.approx(monthly(rule(2), a_month, flakes), rel=0.2)


def test_one_failed_run_in_a_thousand_pages_43_times_a_month_and_two_in_a_row_hardly_ever() -> None:
    assert round(monthly(rule(1), ONE, 0.001)) == 43
    assert round(monthly(rule(2), ONE, 0.001), 3) == 0.043


def test_more_regions_that_have_to_agree_make_fewer_false_pages_and_any_of_them_makes_more() -> None:
    alone = monthly(rule(1), ONE, 0.001)
    assert monthly(rule(1, regions=RegionQuorum.ANY), THREE, 0.001) == pytest.approx(3 * alone)
    assert monthly(rule(1), THREE, 0.001) < alone / 50
    assert monthly(rule(1, regions=3), THREE, 0.001) < monthly(rule(1, regions=2), THREE, 0.001)


def test_a_rate_is_the_window_that_it_comes_to() -> None:
    rate = rule(1, condition=FailureRate(600, 0.25))
    assert monthly(rate, ONE, 0.01) == pytest.approx(monthly(rule(3, 10), ONE, 0.01))


def test_a_percentile_is_so_many_slow_runs_and_a_mean_is_none() -> None:
    slow = AlertRule("x", Track.SLOW, 1, 1, condition=Latency(1200, 1.0, 90))
    assert monthly(slow, ONE, 0.01) == pytest.approx(monthly(rule(3, 20), ONE, 0.01))
    assert expected(AlertRule("x", Track.SLOW, 1, 1, condition=Latency(1200, 1.0)), ONE).a_month is None


def test_silence_needs_every_run_of_every_region_to_be_missed() -> None:
    assert monthly(rule(1, condition=NoData(120)), ONE, 0.01) == pytest.approx(43_200 * 0.99 * 0.01**2)
    assert monthly(rule(1, condition=NoData(120)), THREE, 0.01) == pytest.approx(43_200 * 0.99 * 0.01**6)


def test_a_burn_rate_needs_three_bad_runs_and_is_told_as_an_upper_bound() -> None:
    setting = Setting(60, 10, 1, (Objective("availability", 0.999, MONTH),))
    found = expected(rule(1, condition=Burn("availability", BurnSpeed.FAST)), setting, 0.001)
    assert found.at_most
    assert "3 bad of 60 runs in 1 h" in found.because
    assert expected(rule(1, condition=Burn("speed", BurnSpeed.FAST)), setting) == Expected(
        None, "there is no objective speed"
    )


@pytest.mark.parametrize(
    ("wanted", "seconds"), [(rule(1), 72), (rule(2), 87), (rule(3), 132), (AlertRule("x", Track.SLOW, 3, 3), 192)]
)
def test_the_bounds_are_those_of_the_page_on_alerts(wanted: AlertRule, seconds: int) -> None:
    assert told_within(wanted, ONE) == seconds


def test_nothing_is_promised_where_a_window_or_a_condition_decides() -> None:
    assert told_within(rule(2, 5), ONE) is None
    assert told_within(rule(1, condition=NoData(60)), ONE) is None
    assert told_within(AlertRule("x", Track.CLEANUP, 1, 1), ONE) is None


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.0, "0"),
        (43.2, "43"),
        (43_200.0, "43,200"),
        (0.043, "0.043"),
        (0.00004, "4e-05"),
        (1e-12, "less than one in a billion"),
    ],
)
def test_a_figure_says_how_large_it_is(value: float, said: str) -> None:
    assert figure(value) == said
