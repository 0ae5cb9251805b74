"""`burn_rate`: the error budget of an objective is used up too fast, over a long window and a short one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthmon.judge import Policy
from synthmon.judge.burn import spent
from synthmon.judge.windows import Window
from synthmon.model.condition import Burn, BurnSpeed
from synthmon.model.incident import IncidentStatus, Spending
from synthmon.model.probe import AlertRule, Objective, Probe, Severity, Track
from synthmon.model.quiet import Quiet, QuietKind, Selection
from tests.depth import times
from tests.judge.world import POLICY, World, regions, run
from tests.making import NOON, at, probe

OBJECTIVE = Objective("availability", 0.99, 30 * 86400)
FAST = AlertRule("burning", Track.BUDGET, 1, 1, notify=("pager",), condition=Burn("availability", BurnSpeed.FAST))
SLOW = AlertRule(
    "dwindling",
    Track.BUDGET,
    1,
    1,
    severity=Severity.TICKET,
    notify=("chat",),
    condition=Burn("availability", BurnSpeed.SLOW),
)


def burning(*rules: AlertRule, **changes: Any) -> Probe:
    return probe(**{"alerts": rules or (FAST,), "objectives": (OBJECTIVE,), **changes})


def hear(world: World, letters: Iterable[str], start: int = 0, every: float = 60.0) -> list[str]:
    """Each letter in all regions at once, the daemon started anew now and then."""
    before = len(world.said)
    for number, letter in enumerate(letters, start=start):
        world.turn([run(at(every * number), letter, region.name) for region in world.probes["checkout"].regions])
        if number % 20 == 0:
            world.restart()
    return world.said[before:]


def scattered(good: int, bad: int) -> str:
    """So many good runs after each bad one, so that no outage comes of it."""
    return ("F" + "P" * good) * bad


def test_a_budget_that_burns_fifteen_times_as_fast_over_an_hour_pages() -> None:
    world = World(burning())

    assert [] == hear(world, "P" * 60)
    # 14.4 times 1 % of the hour's 60 runs is 8.6 of them.
    assert [] == hear(world, scattered(3, 8), 60)
    assert ["trigger pager"] == hear(world, "F", 92)
    (incident,) = world.current
    assert (Track.BUDGET, Severity.PAGE, "burning") == (incident.track, incident.severity, incident.alert)
    assert at(3600) == incident.began_at
    assert (
        "checkout is burning its error budget: availability: 9 of 60 runs were bad over 1 h, "
        "15.0 times the 1 % that the objective allows"
    ) == world.notifications[0].message.title


def test_it_is_over_when_the_short_window_is_calm() -> None:
    world = World(burning())
    hear(world, "P" * 60 + scattered(3, 9))  # until minute 95

    assert ["resolve pager"] == hear(world, "P" * 60, 96)
    ended = next(one for one in world.incidents.values() if not one.current)
    # Six times as fast over 6 hours and half an hour is a burn too: 1.8 runs of the last 30 are one at most.
    assert "the budget is used up no faster than it may" == ended.resolved_because
    assert at(115 * 60) < (ended.resolved_at or NOON) < at(125 * 60)


def test_six_times_as_fast_over_six_hours_pages_too() -> None:
    world = World(burning())
    hear(world, "P" * 360)

    told = hear(world, scattered(11, 30), 360)  # 8.3 times as fast: too slow for the hour
    assert ["trigger pager"] == [line for line in told if "remind" not in line]
    assert "over 6 h" in world.notifications[0].message.title


def test_a_slow_burn_of_three_days_is_a_ticket() -> None:
    world = World(burning(SLOW, interval=600.0))
    hear(world, "P" * 432, every=600)

    told = hear(world, scattered(20, 6), 432, every=600)
    assert ["trigger chat"] == [line for line in told if "remind" not in line]
    assert Severity.TICKET is world.notifications[0].message.severity


def test_two_bad_runs_are_not_enough_however_strict_the_objective_is() -> None:
    strict = Objective("availability", 0.9999, 30 * 86400)
    world = World(burning(objectives=(strict,)))

    assert [] == hear(world, "P" * 60 + "FPPFPP")
    assert ["trigger pager"] == hear(world, "F", 66)


def test_where_there_are_two_regions_one_of_them_is_not_enough() -> None:
    world = World(burning(regions=regions("eu", "us")))
    hear(world, "P" * 60)
    for minute in range(60, 100):
        world.turn([run(at(60.0 * minute), "PF"[minute % 2], "eu"), run(at(60.0 * minute), "P", "us")])
    assert [] == world.said

    world.turn([run(at(6000), "F", "eu"), run(at(6000), "F", "us")])
    assert ["trigger pager"] == world.said
    assert ("eu", "us") == world.current[0].regions


def test_without_enough_data_nothing_is_said() -> None:
    """Half an hour after the start, or where half of the runs could not judge, an hour is not known."""
    young, blinded = World(burning()), World(burning())

    assert [] == hear(young, "PF" * 15)
    assert [] == hear(blinded, "PEPEPEPEPE" * 6 + "FEPE" * 10)


def test_our_own_errors_burn_nothing() -> None:
    assert [] == hear(World(burning()), "P" * 60 + "PPPPPPPPPE" * 12)


def test_confirmations_and_runs_by_hand_burn_nothing() -> None:
    world = World(burning())
    hear(world, "P" * 60)
    for second in range(20):
        world.turn([run(at(3545.0 + second), "f")])
    hear(world, "F", 60)

    assert [] == world.said


def test_slower_than_the_objective_allows_is_bad_where_it_says_within() -> None:
    speed = Objective("availability", 0.99, 30 * 86400, within=1.0)
    world, other = World(burning(objectives=(speed,))), World(burning())
    for one in (world, other):
        for minute in range(80):
            one.turn([run(at(60.0 * minute), "P", latency=2.0 if minute > 60 and minute % 2 else 0.3)])

    assert ["trigger pager"] == world.said
    assert [] == other.said


def test_a_late_result_pages_nobody() -> None:
    """A backlog of three hours: what is judged now was bad an hour ago, and nothing has been heard since."""
    world = World(burning())
    runs = [run(at(60.0 * minute), letter) for minute, letter in enumerate("P" * 60 + scattered(1, 20))]
    world.turn(runs, at(60.0 * 180), sweep=True)

    assert [] == world.said


def test_a_run_that_was_judged_when_its_region_had_fallen_silent_pages_nobody() -> None:
    letters = "P" * 60 + scattered(3, 8) + "F"
    for late, expected in ((0, ["trigger pager"]), (150, [])):
        world = World(burning())
        hear(world, letters[:-1])
        world.turn([run(at(60.0 * 92), letters[-1])], at(60.0 * 92 + late + 1))
        assert expected == world.said


def test_what_burned_before_and_is_calm_now_pages_nobody_for_one_more_bad_run() -> None:
    world = World(burning(objectives=(Objective("availability", 0.95, 30 * 86400),)))
    hear(world, "P" * 200 + scattered(1, 110) + "P" * 30)
    before = [line for line in world.said if "remind" not in line]

    assert ["trigger pager", "resolve pager"] == before
    assert [] == hear(world, "F", 450)


# The hard outage tells of the same runs

HARD = AlertRule("down", Track.DOWN, 2, 2, notify=("pager",))


def told(world: World) -> list[Track]:
    return [incident.track for incident in world.incidents.values()]


def test_while_it_is_down_and_shortly_after_nobody_is_told_of_the_budget() -> None:
    world = World(burning(HARD, FAST))
    hear(world, "P" * 60 + "F" * 20 + "PPPF" + "P" * 3)

    assert [Track.DOWN] == told(world)
    assert [] == world.current


def test_what_fails_again_long_after_the_outage_burns_the_budget() -> None:
    world = World(burning(HARD, FAST))
    hear(world, "P" * 60 + "F" * 20 + "P" * 32 + "F")

    assert [Track.DOWN, Track.BUDGET] == told(world)


def test_a_ticket_about_the_outage_does_not_hold_a_page_back() -> None:
    quiet = AlertRule("down", Track.DOWN, 2, 2, severity=Severity.TICKET, notify=("chat",))
    world = World(burning(quiet, FAST))
    hear(world, "P" * 60 + "F" * 20)

    assert {Track.DOWN, Track.BUDGET} == set(told(world))


# Silence, maintenance, configuration


def test_silence_neither_opens_nor_ends_anything() -> None:
    world = World(burning())
    hear(world, "P" * 60 + scattered(3, 9))
    world.restart()
    for minute in range(100, 10000, 30):
        world.sweep(at(60.0 * minute))

    assert [Track.BUDGET] == [incident.track for incident in world.current]
    assert [] == hear(world, "P" * 20, 10000)  # not enough for the half hour yet
    assert ["resolve pager"] == hear(world, "P" * 10, 10020)


@pytest.mark.parametrize("asked", [True, False])
def test_runs_within_maintenance_spend_no_budget_and_are_not_missing(asked: bool) -> None:
    everything = Selection(probe="*")
    window = Window("deploy", everything, "FREQ=DAILY;BYHOUR=13;BYMINUTE=0;BYSECOND=0", timedelta(minutes=30), UTC)
    policy = POLICY if asked else Policy("test", default_channels=("pager",), windows=(window,))
    world = World(burning(), policy=policy)
    if asked:
        world.quiets = [Quiet(QuietKind.MAINTENANCE, everything, at(3600), at(5400), "deploy", "ada")]

    assert [] == hear(world, "P" * 60 + scattered(1, 15))  # the maintenance is from minute 60 to 90
    assert [] == hear(world, "PPPPP" + "FPPPP" * 4, 90)
    # 30 runs of the hour are excused; of the other 30 it takes 4.3, and there were 4 until now.
    assert ["trigger pager"] == hear(world, "F", 115)


def test_when_nobody_asks_any_more_it_ends() -> None:
    world = World(burning())
    hear(world, "P" * 60 + scattered(3, 9))
    world.probes["checkout"] = probe(alerts=(HARD,))
    hear(world, "P", 96)

    assert ["trigger pager", "resolve pager"] == world.said
    assert {} == world.states["checkout", "local"].spending


def test_what_is_remembered_is_bounded() -> None:
    spending: Mapping[str, Spending] = {}
    for minute in range(5000):
        spending = spent(burning(FAST, SLOW), spending, run(at(60.0 * minute), "P"), excused=False)

    kept = spending["availability"]
    assert [61, 73, 73] == [len(kept.minutes), len(kept.fives), len(kept.hours)]
    assert (61, 4340) == (sum(one.judged for one in kept.minutes), sum(one.judged for one in kept.hours))


# Whatever happens


@given(st.text("PPPPPPFFE", min_size=30, max_size=150), st.sampled_from([0.9, 0.99, 0.999]), st.booleans())
@settings(max_examples=times(6), deadline=None)
def test_it_opens_on_a_bad_run_and_ends_on_a_good_one_whenever_it_is_started_anew(
    letters: str, target: float, restart: bool
) -> None:
    declared = burning(FAST, SLOW, objectives=(Objective("availability", target, 30 * 86400),))
    world, other = World(declared), World(declared)
    for one in (world, other):
        hear(one, "P" * 60)
    for number, letter in enumerate(letters, start=60):
        before = {incident.id: incident for incident in world.current}
        for one in (world, other):
            one.turn([run(at(60.0 * number), letter)], sweep=True)
        if restart:
            other.restart()
        opened = [incident for incident in world.current if incident.id not in before]
        ended = [before[name] for name in before if not world.incidents[name].current]
        assert not opened or letter == "F"
        assert not ended or letter == "P"
        check_noise(world)
    assert world.notifications == other.notifications
    assert world.incidents == other.incidents


def check_noise(world: World) -> None:
    assert len({owed.id for owed in world.notifications}) == len(world.notifications)
    assert len({incident.track for incident in world.current}) == len(world.current)
    assert all(incident.began_at <= incident.opened_at for incident in world.incidents.values())


def test_decided_twice_it_is_the_same() -> None:
    world = World(burning())
    hear(world, "P" * 60 + scattered(3, 8))
    runs = [run(at(60.0 * 92), "F")]
    twin = World(burning())
    hear(twin, "P" * 60 + scattered(3, 8))

    first, second = world.turn(runs), twin.turn(runs)
    assert first == second
    again = world.turn(runs)
    assert () == again.notifications + again.incidents
    assert [IncidentStatus.OPEN] == [incident.status for incident in world.incidents.values()]
