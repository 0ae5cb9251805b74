"""`failure_rate` and `latency`: figures over a sliding window of one region's runs."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, fsum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthmon.judge.measures import out_of_bounds
from synthmon.model.condition import MOST_RUNS, FailureRate, Latency
from synthmon.model.incident import Health, Sample
from synthmon.model.probe import AlertRule, RegionQuorum, Severity, Track
from synthmon.model.run import Quality, RunKind
from tests.judge.world import World, regions, run
from tests.making import NOON, at, probe

MANY = AlertRule("many fail", Track.DOWN, 1, 1, notify=("pager",), condition=FailureRate(1200, 0.25, min_runs=8))
SLOW = AlertRule(
    "slow", Track.SLOW, 1, 1, RegionQuorum.ANY, Severity.TICKET, ("chat",), condition=Latency(600, 1.0, 90.0)
)
MEAN = AlertRule("heavy", Track.SLOW, 1, 1, RegionQuorum.ANY, Severity.TICKET, condition=Latency(600, 1.0))


def hear(world: World, letters: str, start: int = 0) -> list[str]:
    """A run each minute, the daemon started anew in between."""
    before = len(world.said)
    for number, letter in enumerate(letters.replace(" ", ""), start=start):
        world.turn([run(at(60.0 * number), letter)])
        world.restart()
    return world.said[before:]


def take(world: World, latencies: list[float], start: int = 0, letter: str = "P") -> list[str]:
    before = len(world.said)
    for number, latency in enumerate(latencies, start=start):
        world.turn([run(at(60.0 * number), letter, latency=latency)])
        world.restart()
    return world.said[before:]


# The rate of failures


def test_it_pages_when_more_than_the_share_failed_and_not_when_exactly_so_many_did() -> None:
    world = World(probe(alerts=(MANY,)))

    assert [] == hear(world, "PPPPPP FP FPP F")  # 3 of 12
    assert ["trigger pager"] == hear(world, "PF", 12)  # 4 of 14
    (incident,) = world.current
    assert (Track.DOWN, "many fail", at(360)) == (incident.track, incident.alert, incident.began_at)


def test_too_few_runs_say_nothing() -> None:
    world = World(probe(alerts=(MANY,)))

    assert [] == hear(world, "FFFFFFF")
    assert ["trigger pager"] == hear(world, "F", 7)


def test_it_is_over_once_the_share_of_the_window_is_small_again_and_not_before() -> None:
    world = World(probe(alerts=(MANY,)))
    hear(world, "PPPPPPPP FFF")  # 3 of 11

    # The window holds 20 runs, and 5 of them may fail.
    assert [] == hear(world, "P", 11)
    assert ["resolve pager"] == hear(world, "P", 12)
    assert Health.UP is world.believed()


def test_a_confirmation_does_not_raise_the_rate() -> None:
    world = World(probe(alerts=(MANY,)))
    for number, letter in enumerate("PPPPPPPPF"):
        world.turn([run(at(60.0 * number), letter)])
    for second in (485, 486, 487, 488):
        world.turn([run(at(second), "f")])

    assert [] == world.said
    assert 9 == len(world.states["checkout", "local"].samples)


def test_errors_and_silence_move_no_rate() -> None:
    world = World(probe(alerts=(MANY,)))
    hear(world, "PPPPPPPP FF")
    hear(world, "EEEEEEEEEEEEEESSSS", 10)

    assert [] == world.said
    world.sweep(at(86400))
    assert [] == world.said


def test_what_left_the_window_counts_no_more() -> None:
    world = World(probe(alerts=(MANY,)))
    hear(world, "FFFFF")
    for number in range(30, 60):
        world.turn([run(at(60.0 * number), "P")])

    assert [] == world.said
    assert 20 == len(world.states["checkout", "local"].samples)


def test_nothing_is_remembered_where_nobody_asks_and_never_more_than_is_bounded() -> None:
    asked = AlertRule("rate", Track.DOWN, 1, 1, condition=FailureRate(86400, 0.9))
    world, other = World(probe(alerts=(asked,))), World(probe())
    for number in range(MOST_RUNS + 50):
        for one in (world, other):
            one.turn([run(at(60.0 * number), "P")])

    assert MOST_RUNS == len(world.states["checkout", "local"].samples)
    assert () == other.states["checkout", "local"].samples


def test_as_many_regions_as_the_rule_asks_for_must_see_it() -> None:
    world = World(probe(alerts=(MANY,), regions=regions("eu", "us")))
    for number in range(12):
        letter = "PPPPPPPPFFFF"[number]
        world.turn([run(at(60.0 * number), letter, "eu"), run(at(60.0 * number), "P", "us")])

    (incident,) = world.current
    assert Severity.TICKET is incident.severity  # of one region only
    world.turn([run(at(720.0 + number * 60), "F", "us") for number in range(6)], at(1021))
    assert Severity.PAGE is world.current[0].severity


# Latency


def test_a_percentile_above_the_figure_makes_a_ticket_that_says_so() -> None:
    world = World(probe(alerts=(SLOW,)))

    assert [] == take(world, [0.2] * 9 + [3.0])  # one of ten may be slower
    assert ["trigger chat"] == take(world, [2.0], 10)
    (incident,) = world.current
    assert (Track.SLOW, at(540)) == (incident.track, incident.began_at)
    assert "checkout is slow: p90 is 2.00 s over 10 min, above 1.00 s" == world.notifications[0].message.title
    assert Health.DEGRADED is world.believed()


def test_it_is_over_when_the_percentile_is_below_the_figure_again() -> None:
    world = World(probe(alerts=(SLOW,)))
    take(world, [0.2] * 8 + [2.0, 2.0])

    assert [] == take(world, [0.2] * 8, 10)
    assert ["resolve chat"] == take(world, [0.2], 18)


def test_the_mean_is_of_what_is_in_the_window() -> None:
    world = World(probe(alerts=(MEAN,)))

    assert [] == take(world, [0.5, 0.5, 0.5, 0.5, 3.0])  # exactly 1 s
    assert ["trigger pager"] == take(world, [1.6], 5)
    assert "checkout is slow: mean is 1.10 s over 10 min, above 1.00 s" == world.notifications[0].message.title


@pytest.mark.parametrize("letter", ["F", "E", "S"])
def test_a_run_that_failed_or_could_not_judge_has_no_latency(letter: str) -> None:
    world = World(probe(alerts=(SLOW,)))

    assert [] == take(world, [9.0] * 20, letter=letter)


def test_a_latency_that_is_not_to_be_trusted_is_left_out() -> None:
    world = World(probe(alerts=(SLOW,)))
    for number in range(20):
        world.turn([run(at(60.0 * number), "P", latency=9.0, quality=Quality(lag=2.0, suspect=True))])

    assert [] == world.said


def test_confirmations_have_no_vote() -> None:
    world = World(probe(alerts=(SLOW,)))
    take(world, [0.2] * 5)
    for number in range(20):
        world.turn([run(at(300.0 + number), "P", latency=9.0, kind=RunKind.CONFIRM, n=1)])

    assert [] == world.said


def test_runs_that_are_slow_for_a_latency_rule_are_not_counted_by_a_rule_about_degraded_runs() -> None:
    counted = AlertRule("degraded", Track.SLOW, 3, 3, severity=Severity.TICKET, notify=("pager",))
    world = World(probe(alerts=(counted, SLOW)))

    assert ["trigger chat"] == take(world, [2.0] * 8)
    assert ["trigger pager"] == take(world, [2.0] * 3, 8, "D")


# Both, held against sums that know nothing of tracks

samples = st.lists(
    st.tuples(st.integers(1, 200), st.booleans(), st.integers(0, 3_000_000) | st.none()), min_size=1, max_size=30
)


def windows(steps: list[tuple[int, bool, int | None]]) -> tuple[Sample, ...]:
    second, made = 0, []
    for step, bad, micros in steps:
        second += step
        made.append(Sample(at(second), bad, None if micros is None or bad else micros / 1e6))
    return tuple(made)


@given(samples, st.sampled_from([60, 300, 900]), st.integers(1, 99), st.integers(1, 8))
@settings(deadline=None)
def test_a_rate_is_out_of_bounds_exactly_when_its_share_is(
    steps: list[tuple[int, bool, int | None]], over: int, share: int, fewest: int
) -> None:
    made = windows(steps)
    inside = [one.bad for one in made if (made[-1].slot - one.slot).total_seconds() < over]
    expected = len(inside) >= fewest and Fraction(sum(inside), len(inside)) > Fraction(share, 100)

    assert expected == bool(out_of_bounds(FailureRate(over, share / 100, fewest), made))


@given(samples, st.sampled_from([60, 300, 900]), st.sampled_from([None, 50.0, 90.0, 95.0, 99.0]), st.integers(1, 8))
@settings(deadline=None)
def test_a_latency_is_out_of_bounds_exactly_when_its_figure_is(
    steps: list[tuple[int, bool, int | None]], over: int, percentile: float | None, fewest: int
) -> None:
    made = windows(steps)
    recent = [one for one in made if (made[-1].slot - one.slot).total_seconds() < over]
    known = sorted(one.latency for one in recent if one.latency is not None)
    figure = 0.0
    if len(known) >= fewest:
        rank = ceil(Fraction(percentile) * len(known) / 100) if percentile else 0
        figure = known[rank - 1] if percentile else fsum(known) / len(known)

    assert (figure > 1.0) == bool(out_of_bounds(Latency(over, 1.0, percentile, fewest), made))


def test_no_sample_is_within_bounds() -> None:
    assert out_of_bounds(FailureRate(60, 0.1), ()) is None
    assert out_of_bounds(Latency(60, 0.1), (Sample(NOON, True),)) is None
