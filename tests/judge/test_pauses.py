"""A probe that runs at certain hours: a pause is no silence, and not the end of what is believed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from synthmon.judge.burn import slots_due
from synthmon.judge.silent import Hearing, Voice
from synthmon.judge.stuck import slots_of
from synthmon.model.condition import NoData
from synthmon.model.incident import Health
from synthmon.model.probe import AlertRule, Probe, Severity, Track
from synthmon.model.timing import Cron
from synthmon.reports.figures.counting import due_slots
from tests.judge.world import World, run
from tests.making import NOON, at, probe, version

HOUR, DAY = 3600.0, 86400.0
NOONS = Cron("* 12 * * *", "UTC")  # every minute from 12:00 to 12:59


def pausing(*alerts: AlertRule) -> Probe:
    return probe(cron=NOONS, interval=NOONS.shortest, alerts=alerts)


def after_the_first_hour(declared: Probe) -> World:
    world = World(declared)
    for minute in range(60):
        world.turn([run(at(60 * minute), "P")])
    return world


def test_what_is_believed_lasts_through_a_pause_and_no_longer() -> None:
    world = after_the_first_hour(pausing())

    believed = {}
    for name, seconds in {"evening": 8 * HOUR, "next noon": DAY, "two slots later": DAY + 60 + 16}.items():
        world.sweep(at(seconds))
        believed[name] = world.believed()
    assert believed == {"evening": Health.UP, "next noon": Health.UP, "two slots later": Health.UNKNOWN}


def test_no_data_counts_from_when_data_was_due() -> None:
    rule = AlertRule("silent", Track.NO_DATA, 1, 1, severity=Severity.TICKET, condition=NoData(1800))
    world = after_the_first_hour(pausing(rule))
    for hour in range(1, 24):
        world.sweep(at(hour * HOUR))
    world.sweep(at(DAY + 1700))
    assert [] == world.said

    world.sweep(at(DAY + 1800))
    assert ["trigger pager"] == world.said


@pytest.mark.parametrize(("seconds", "stuck"), [(8 * HOUR, False), (DAY + 60, False), (DAY + 60 + 16, True)])
def test_a_probe_is_not_stuck_while_none_of_its_slots_is_due(seconds: float, stuck: bool) -> None:
    world = after_the_first_hour(pausing())
    hearing = Hearing(at(0), {"local": Voice(at(seconds), at(seconds))})

    found = slots_of(world.probes.values(), world.states, hearing, {"checkout": at(0)}, at(seconds))
    assert bool(found.stuck) is stuck


def test_a_first_failure_after_a_pause_is_current() -> None:
    world = after_the_first_hour(probe(cron=NOONS, interval=60.0))
    world.turn([run(at(DAY), "F")])
    world.turn([run(at(DAY + 5), "f")])

    assert ["trigger pager"] == world.said


def test_what_is_due_is_counted_by_the_expression() -> None:
    declared = pausing()
    start = int(NOON.timestamp())

    assert slots_due(declared, start, at(DAY + 1800)) == 59 + 29  # the first minute is the start itself
    kept = version(cron=NOONS, interval=60.0, since=NOON - timedelta(days=1))
    assert due_slots([kept], "checkout", "local", NOON, NOON + timedelta(days=2)) == 120
