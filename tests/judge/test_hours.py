"""Who is told by the time of day: the clock on the wall when it is decided; and the same people hear of the end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from synthmon.judge import Policy, Route
from synthmon.judge.hours import MIDNIGHT, Hours
from synthmon.model.probe import AlertRule, Severity, Track
from synthmon.model.quiet import Quiet, QuietKind, Selection
from tests.judge.world import World, run
from tests.making import at, probe

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
EVERY_DAY, WEEKDAYS = frozenset(range(7)), frozenset(range(5))


def hours(begins: str, ends: str, days: Iterable[int] = EVERY_DAY, zone: ZoneInfo = BERLIN) -> Hours:
    def minutes(text: str) -> int:
        return int(text[:2]) * 60 + int(text[3:])

    return Hours(minutes(begins), minutes(ends), frozenset(days), zone)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


OFFICE, NIGHT = hours("08:00", "18:00", WEEKDAYS), hours("22:00", "06:00", [4])  # from Friday evening


@pytest.mark.parametrize(
    ("when", "instant", "holds"),
    [
        (OFFICE, "2026-03-02T06:59:59.999", False),  # Monday; Berlin is one hour ahead
        (OFFICE, "2026-03-02T07:00", True),
        (OFFICE, "2026-03-02T16:59:59.999", True),
        (OFFICE, "2026-03-02T17:00", False),
        (OFFICE, "2026-03-01T12:00", False),  # Sunday
        (OFFICE, "2026-03-30T06:00", True),  # two hours ahead since the night before
        (OFFICE, "2026-03-27T06:00", False),
        (OFFICE, "2026-03-30T16:00", False),
        (OFFICE, "2026-10-26T06:30", False),  # one hour ahead again
        (NIGHT, "2026-03-06T20:59", False),
        (NIGHT, "2026-03-06T21:00", True),
        (NIGHT, "2026-03-07T04:59", True),  # Saturday morning belongs to Friday's night
        (NIGHT, "2026-03-07T05:00", False),
        (NIGHT, "2026-03-07T21:00", False),  # Saturday's own night is not named
        (NIGHT, "2026-03-06T04:59", False),  # and neither is Thursday's
        (hours("02:00", "03:00"), "2026-10-25T00:30", True),  # the hour that comes twice
        (hours("02:00", "03:00"), "2026-10-25T01:30", True),
        (hours("02:00", "03:00"), "2026-10-25T02:00", False),
        (hours("02:00", "03:00"), "2026-03-29T00:59", False),  # the hour that is left out
        (hours("02:00", "03:00"), "2026-03-29T01:00", False),
        (Hours(0, MIDNIGHT, frozenset({0}), NEW_YORK), "2026-03-02T04:59", False),  # there it is still Sunday
        (Hours(0, MIDNIGHT, frozenset({0}), NEW_YORK), "2026-03-02T05:00", True),
        (Hours(18 * 60, MIDNIGHT, frozenset({6}), BERLIN), "2026-03-01T22:59", True),
        (Hours(18 * 60, MIDNIGHT, frozenset({6}), BERLIN), "2026-03-01T23:00", False),
    ],
)
def test_the_clock_on_the_wall_counts(when: Hours, instant: str, holds: bool) -> None:
    assert holds is when.hold(utc(instant))


@pytest.mark.parametrize(("first", "count"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-03-02", 24)])
def test_day_and_night_share_every_minute_of_any_day_between_them(first: str, count: int) -> None:
    day, night = hours("08:00", "18:00"), hours("18:00", "08:00")
    begin = datetime.fromisoformat(first).replace(tzinfo=BERLIN).astimezone(UTC)
    for minute in range(count * 60):
        now = begin + timedelta(minutes=minute)
        assert day.hold(now) is not night.hold(now)


# An outage from one shift into the next: the world begins on a Monday at 12:00 UTC, and the office closes at 12:05.


DAY, LATER = hours("08:00", "12:05", zone=ZoneInfo("UTC")), hours("12:05", "08:00", zone=ZoneInfo("UTC"))
SHIFTS = Policy(
    "test", default_channels=("nobody",), routes=(Route(("office",), hours=DAY), Route(("night",), hours=LATER))
)


def minutes(world: World, letters: str, start: int = 0) -> World:
    for number, letter in enumerate(letters, start=start):
        world.turn([run(at(60 * number), letter)], at(60 * number + 1), sweep=True)
    return world


def test_who_was_told_by_day_hears_of_the_end_by_night_and_the_night_of_nothing() -> None:
    world = minutes(World(probe(), policy=SHIFTS), "PFFFFFFFFPP")
    assert ["trigger office", "resolve office"] == world.said
    assert [("office",)] == [incident.channels for incident in world.incidents.values()]


def test_what_begins_by_night_is_told_to_the_night() -> None:
    world = minutes(World(probe(), policy=SHIFTS), "PPPPPFFPP")
    assert ["trigger night", "resolve night"] == world.said


def test_an_outage_that_comes_back_is_told_to_whoever_is_on_duty_then() -> None:
    world = minutes(World(probe(), policy=SHIFTS), "PFFPPFFPP")
    assert ["trigger office", "resolve office", "trigger night", "resolve night"] == world.said
    assert [1, 2] == [incident.generation for incident in world.incidents.values()]


def test_a_ticket_that_becomes_a_page_by_night_is_told_to_the_night_as_well() -> None:
    rules = (
        AlertRule("ticket", Track.DOWN, 2, 2, severity=Severity.TICKET),
        AlertRule("page", Track.DOWN, 6, 6, severity=Severity.PAGE),
    )
    world = minutes(World(probe(alerts=rules), policy=SHIFTS), "PFFFFFFFFFPP")
    began, ended = world.said[:-2], world.said[-2:]
    assert ["trigger office", "trigger office", "trigger night"] == began
    assert ["resolve night", "resolve office"] == sorted(ended)


def test_what_waited_for_the_end_of_a_silence_is_told_to_whoever_is_on_duty_then() -> None:
    world = World(probe(), policy=SHIFTS)
    world.quiets = [Quiet(QuietKind.SILENCE, Selection(), at(-10), at(420), "the shop moves", "ada")]
    minutes(world, "PFFFFFFFFFPP")
    assert ["trigger night", "resolve night"] == world.said


def test_a_restart_between_the_shifts_changes_nothing() -> None:
    world = World(probe(), policy=SHIFTS)
    for number, letter in enumerate("PFFFFFFFFPP"):
        world.restart()
        minutes(world, letter, start=number)
    assert ["trigger office", "resolve office"] == world.said


def test_routes_that_are_taken_away_or_changed_leave_the_end_to_those_who_were_told() -> None:
    world = minutes(World(probe(), policy=SHIFTS), "PFF")
    world.policy = replace(SHIFTS, routes=())
    minutes(world, "FFPP", start=3)
    assert {"resolve office", "resolve nobody"} == {line for line in world.said if line.startswith("resolve")}
