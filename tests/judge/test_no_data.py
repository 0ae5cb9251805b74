"""`no_data`: nothing was judged anywhere for too long."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from synthmon.model.condition import NoData
from synthmon.model.incident import Occasion
from synthmon.model.probe import AlertRule, Severity, Track
from tests.judge.world import World, regions, run
from tests.making import NOON, at, probe

MINUTE = 60.0
DOWN = AlertRule("down", Track.DOWN, 2, 2)


def silent(minutes: float, severity: Severity = Severity.TICKET) -> AlertRule:
    return AlertRule(f"silent for {minutes:g}", Track.NO_DATA, 1, 1, severity=severity, condition=NoData(minutes * 60))


def sweep(world: World, start: int, end: int) -> None:
    """Every minute from the one up to and including the other."""
    for minute in range(start, end + 1):
        world.sweep(at(MINUTE * minute))
        world.restart()


def test_it_opens_once_that_long_after_the_last_judged_run_and_ends_with_data() -> None:
    world = World(probe(alerts=(DOWN, silent(45))))
    world.sweep(at(-60))
    world.turn([run(at(0), "P")])
    sweep(world, 1, 44)
    assert [] == world.said

    sweep(world, 45, 60)
    assert ["trigger pager"] == world.said
    (incident,) = world.current
    assert (Track.NO_DATA, NOON, at(2700)) == (incident.track, incident.began_at, incident.opened_at)
    assert "checkout is without data: no run has judged it for 45 min" == world.notifications[0].message.title

    world.turn([run(at(3700), "F")])
    assert ["trigger pager", "resolve pager"] == world.said
    assert "checkout is heard of again after 1 h 01 min" == world.notifications[-1].message.title


def test_a_run_that_judged_nothing_is_no_data() -> None:
    world = World(probe(alerts=(silent(45),)))
    world.turn([run(at(0), "P")])
    for minute in range(1, 60):
        world.turn([run(at(MINUTE * minute), "E" if minute % 2 else "S")], sweep=True)

    assert ["trigger pager"] == world.said


def test_one_region_that_is_heard_of_is_enough() -> None:
    world = World(probe(alerts=(silent(45),), regions=regions("eu", "us")))
    world.turn([run(at(0), "P", "eu"), run(at(0), "P", "us")])
    for minute in range(1, 120):
        world.turn([run(at(MINUTE * minute), "P", "us")], sweep=True)

    assert [] == world.said


def test_a_probe_that_was_never_heard_of_is_missed_too_and_a_restart_does_not_begin_anew() -> None:
    world = World(probe(alerts=(silent(45),)))
    sweep(world, 0, 44)
    assert [] == world.said

    sweep(world, 45, 46)
    assert ["trigger pager"] == world.said


def test_a_rule_that_is_new_counts_what_is_known_already() -> None:
    world = World(probe())
    world.turn([run(at(0), "P")])
    world.probes["checkout"] = probe(alerts=(silent(45),))
    sweep(world, 30, 74)
    assert [] == world.said

    sweep(world, 75, 75)  # data is expected from minute 30 on
    assert ["trigger pager"] == world.said


def test_a_probe_that_comes_back_to_the_files_is_not_missed_for_the_time_in_between() -> None:
    world = World(probe(alerts=(silent(45),)))
    world.turn([run(at(0), "P")])
    declared = world.probes.pop("checkout")
    sweep(world, 1, 100)
    world.probes["checkout"] = declared
    sweep(world, 101, 145)

    assert [] == world.said


def test_a_longer_silence_can_page() -> None:
    world = World(probe(alerts=(silent(45), silent(120, Severity.PAGE))))
    world.turn([run(at(0), "P")])
    sweep(world, 1, 130)

    triggers = [owed for owed in world.notifications if owed.occasion is Occasion.TRIGGER]
    assert [Severity.TICKET, Severity.PAGE] == [owed.message.severity for owed in triggers]


def test_a_backlog_opens_nothing_and_an_old_result_is_no_data() -> None:
    world = World(probe(alerts=(silent(45),)))
    world.turn([run(at(0), "P")])
    world.turn([run(at(MINUTE * 50), "P")], at(MINUTE * 112))  # there is more to come, perhaps
    world.turn([run(at(MINUTE * minute), "P") for minute in (80, 110, 111)], at(MINUTE * 112), sweep=True)
    assert [] == world.said

    sweep(world, 113, 160)
    assert ["trigger pager"] == world.said
    world.turn([run(at(MINUTE * 112), "P")], at(MINUTE * 161))  # it comes late, and says nothing of the present
    assert ["trigger pager"] == world.said


@given(st.lists(st.sampled_from("PFEDS."), max_size=40), st.integers(1, 6), st.booleans())
@settings(deadline=None)
def test_it_is_open_exactly_while_nothing_was_judged_for_that_long(
    letters: list[str], limit: int, restart: bool
) -> None:
    world = World(probe(interval=300.0, alerts=(silent(limit * 5),)))
    heard, open_ = 0, False
    world.sweep(at(0))
    for number, letter in enumerate(letters, start=1):
        world.turn([] if letter == "." else [run(at(300.0 * number), letter)], at(300.0 * number + 1), sweep=True)
        if restart:
            world.restart()
        heard = number if letter in "PFD" else heard
        open_ = False if letter in "PFD" else open_ or number - heard >= limit
        assert open_ == bool(world.current), (number, letter)
    alarms = [owed for owed in world.notifications if owed.occasion is not Occasion.REMIND]
    assert len({owed.id for owed in alarms}) == len(alarms)
