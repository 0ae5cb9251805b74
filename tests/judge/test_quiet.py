"""Maintenance and silences: what is kept back, why, until when, and that it is told if it is still true then."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from synthmon.judge import Policy
from synthmon.judge.windows import Window, check_rule, occurrences
from synthmon.model.incident import IncidentStatus
from synthmon.model.probe import AlertRule, Severity, Track
from synthmon.model.quiet import Quiet, QuietKind, Selection
from synthmon.model.run import Failure, FailureKind
from tests.judge.world import World, run
from tests.making import at, probe

EVERYTHING = Selection()
TRIGGER, RESOLVE = "trigger pager", "resolve pager"


def silence(until: float, covers: Selection = EVERYTHING) -> Quiet:
    return Quiet(QuietKind.SILENCE, covers, at(-10), at(until), "the shop moves", "ada")


def outage(world: World, start: float = 0) -> None:
    world.turn([run(at(start), "P")])
    world.turn([run(at(start + 60), "F")])
    world.turn([run(at(start + 65), "f")])


def test_a_silence_keeps_the_page_back_and_says_why() -> None:
    world = World(probe())
    world.quiets = [silence(600)]
    outage(world)

    assert world.said == []
    (incident,) = world.current
    assert incident.withheld == 'silence by ada until 2026-03-02 12:10:00 UTC: "the shop moves"'
    assert "nobody is told for now" in world.events[-1].text


def test_what_is_still_wrong_when_the_silence_ends_is_told_then_once() -> None:
    world = World(probe())
    world.quiets = [silence(600)]
    outage(world)
    for second in range(120, 900, 60):
        world.turn([run(at(second), "F")], at(second + 1), sweep=True)

    assert world.said == [TRIGGER]
    assert world.current[0].withheld is None
    assert world.current[0].told == ("pager",)
    assert [event.what for event in world.events].count("released") == 1


def test_who_hears_of_it_after_a_silence_hears_as_well_that_somebody_has_it() -> None:
    world = World(probe())
    world.quiets = [silence(300)]
    outage(world)
    (incident,) = world.current
    world.incidents[incident.id] = replace(
        incident, status=IncidentStatus.ACKNOWLEDGED, acknowledged_at=at(200), acknowledged_by="ada"
    )
    for second in range(240, 600, 60):
        world.turn([run(at(second), "F")], at(second + 1), sweep=True)

    assert world.said == [TRIGGER, "acknowledge pager"]
    assert world.notifications[-1].message.title == "checkout: acknowledged by ada"
    assert world.current[0].status is IncidentStatus.ACKNOWLEDGED


def test_what_is_kept_back_is_nowhere_said_to_have_been_told() -> None:
    world = World(probe())
    world.quiets = [silence(600)]
    outage(world)

    assert [event.text for event in world.events if " told: " in event.text] == []


def rules(*wanted: tuple[int, Severity, str]) -> tuple[AlertRule, ...]:
    return tuple(
        AlertRule(f"{count} in a row", Track.DOWN, count, count, severity=severity, notify=(channel,))
        for count, severity, channel in wanted
    )


def goes_on(world: World, letters: str, start: int = 0, **changes: Any) -> list[str]:
    """A run a minute, and what was said."""
    before = len(world.said)
    for number, letter in enumerate(letters, start=start):
        world.turn([run(at(60 * number), letter, **changes)], at(60 * number + 1), sweep=True)
    return world.said[before:]


def test_after_a_silence_only_those_are_told_who_do_not_know_it_yet() -> None:
    world = World(probe(alerts=rules((2, Severity.PAGE, "pager"), (4, Severity.TICKET, "chat"))))
    assert [TRIGGER] == goes_on(world, "PFF")
    world.quiets = [silence(600)]
    assert [] == goes_on(world, "FFFFFFF", start=3)
    world.restart()
    assert ["trigger chat"] == goes_on(world, "FFF", start=10)
    assert ["resolve chat", "resolve pager"] == sorted(goes_on(world, "PP", start=13))


def test_who_heard_of_a_ticket_hears_after_the_silence_that_it_is_a_page() -> None:
    world = World(probe(alerts=rules((2, Severity.TICKET, "chat"), (4, Severity.PAGE, "pager"))))
    assert ["trigger chat"] == goes_on(world, "PFF")
    world.quiets = [silence(600)]
    assert [] == goes_on(world, "FFFFFFF", start=3)
    world.restart()
    assert ["trigger chat", TRIGGER] == sorted(goes_on(world, "FFF", start=10))


def test_another_cause_that_came_in_silence_is_told_to_those_who_know_the_first() -> None:
    world = World(probe())
    assert [TRIGGER] == goes_on(world, "PFF")
    world.quiets = [silence(600)]
    other = Failure(FailureKind.CONNECT, "connection refused")
    assert [] == goes_on(world, "FFFFFFF", start=3, failures=(other,))
    assert [TRIGGER] == goes_on(world, "FFF", start=10, failures=(other,))
    assert "connection refused" in world.notifications[-1].message.title


def test_reminders_count_anew_from_what_was_told_after_a_silence() -> None:
    world = World(probe(alerts=rules((2, Severity.PAGE, "pager"))))
    said = goes_on(world, "P" + "F" * 70)
    assert [TRIGGER, "remind pager", "remind pager"] == said
    world.quiets = [silence(60 * 80)]
    other = Failure(FailureKind.CONNECT, "connection refused")
    assert [TRIGGER] == goes_on(world, "F" * 30, start=71, failures=(other,))
    assert ["remind pager"] == goes_on(world, "F" * 12, start=101, failures=(other,))


def test_what_came_and_went_in_silence_is_told_to_nobody() -> None:
    world = World(probe())
    world.quiets = [silence(6000)]
    outage(world)
    world.turn([run(at(120), "P")])
    world.turn([run(at(180), "P")])

    assert world.said == []
    assert world.incidents
    assert not world.current


def test_whoever_was_told_before_the_silence_hears_of_the_end_in_it() -> None:
    world = World(probe())
    outage(world)
    world.quiets = [silence(6000)]
    world.turn([run(at(120), "P")])
    world.turn([run(at(180), "P")])

    assert world.said == [TRIGGER, RESOLVE]


def test_nobody_is_reminded_during_a_silence() -> None:
    world = World(probe())
    outage(world)
    world.quiets = [silence(7200)]
    for second in range(120, 7000, 60):
        world.turn([run(at(second), "F")], at(second + 1), sweep=True)

    assert world.said == [TRIGGER]


@pytest.mark.parametrize(
    ("covers", "kept_back"),
    [
        (Selection(probe="check*"), True),
        (Selection(probe="login"), False),
        (Selection(tag="tier-1"), True),
        (Selection(tag="tier-2"), False),
        (Selection(owner="team-payments", tag="tier-1"), True),
        (Selection(owner="team-payments", tag="tier-2"), False),
        (Selection(severity=Severity.PAGE), True),
        (Selection(severity=Severity.TICKET), False),
    ],
)
def test_a_silence_covers_what_fits_all_that_it_names(covers: Selection, kept_back: bool) -> None:
    world = World(probe(tags=("tier-1",), owner="team-payments"))
    world.quiets = [silence(600, covers)]
    outage(world)

    assert (world.said == []) is kept_back


def test_a_silence_that_was_lifted_keeps_nothing_back() -> None:
    quiet = silence(600)
    lifted = Quiet(quiet.kind, quiet.covers, quiet.start, quiet.end, quiet.reason, quiet.author, at(30), "bob")
    world = World(probe())
    world.quiets = [lifted]
    outage(world)

    assert world.said == [TRIGGER]


def test_an_outage_of_what_it_depends_on_explains_it_and_nobody_is_paged_twice() -> None:
    world = World(probe("login"), probe("checkout", depends_on=("login",)))
    for name in ("login", "checkout"):
        world.turn([run(at(0), "P", name=name)])
    world.turn([run(at(60), "F", name="login")])
    world.turn([run(at(65), "f", name="login")])
    world.turn([run(at(70), "F", name="checkout")])
    world.turn([run(at(75), "f", name="checkout")])

    assert [owed.message.probe for owed in world.notifications] == ["login"]
    child = next(incident for incident in world.current if incident.probe == "checkout")
    assert (child.parent, child.withheld) == ("login", "login, on which it depends, is down")


def test_when_the_parent_is_back_and_the_child_is_not_the_child_is_told_of() -> None:
    world = World(probe("login"), probe("checkout", depends_on=("login",)))
    for name in ("login", "checkout"):
        world.turn([run(at(0), "P", name=name)])
        world.turn([run(at(60), "F", name=name)])
        world.turn([run(at(65), "f", name=name)])
    for second in (120, 180):
        world.turn([run(at(second), "P", name="login"), run(at(second), "F", name="checkout")])
    world.sweep(at(190))
    child = next(incident for incident in world.current if incident.probe == "checkout")
    assert "login, on which it depends, has just come back; its next run tells" == child.withheld
    world.turn([run(at(240), "F", name="checkout")])
    world.sweep(at(250))

    assert [(owed.occasion.value, owed.message.probe) for owed in world.notifications] == [
        ("trigger", "login"),
        ("resolve", "login"),
        ("trigger", "checkout"),
    ]


def parent_and_child_down() -> World:
    """Both have failed, and the parent has come back: believed up from 180 s on."""
    world = World(probe("login"), probe("checkout", depends_on=("login",)))
    for name in ("login", "checkout"):
        world.turn([run(at(0), "P", name=name)])
        world.turn([run(at(60), "F", name=name)])
        world.turn([run(at(65), "f", name=name)])
    for second in (120, 180):
        world.turn([run(at(second), "P", name="login")])
    return world


def test_when_parent_and_child_come_back_one_after_the_other_nobody_is_told_of_the_child() -> None:
    world = parent_and_child_down()
    world.sweep(at(190))
    world.turn([run(at(195), "P", name="checkout")])
    world.sweep(at(200))
    world.turn([run(at(255), "P", name="checkout")])
    world.sweep(at(260))

    assert [("trigger", "login"), ("resolve", "login")] == [
        (owed.occasion.value, owed.message.probe) for owed in world.notifications
    ]
    assert [] == world.current


def test_a_child_of_which_nothing_is_heard_after_its_parent_is_back_is_told_of_all_the_same() -> None:
    world = parent_and_child_down()
    world.sweep(at(180 + 2 * 60 + 120))

    assert ("trigger", "checkout") in [(owed.occasion.value, owed.message.probe) for owed in world.notifications]


def test_a_parent_of_which_nothing_is_known_keeps_nothing_back() -> None:
    world = World(probe("login"), probe("checkout", depends_on=("login",)))
    world.turn([run(at(0), "P", name="checkout")])
    world.turn([run(at(60), "F", name="checkout")])
    world.turn([run(at(65), "f", name="checkout")])

    assert world.said == [TRIGGER]


# Windows that recur

BERLIN = ZoneInfo("Europe/Berlin")
SUNDAYS = Window("deploy", Selection(), "FREQ=WEEKLY;BYDAY=SU;BYHOUR=2", timedelta(hours=1), BERLIN)


def _stretches(window: Window, start: datetime, days: int) -> list[tuple[str, str]]:
    found = occurrences([window], start, start + timedelta(days=days))
    return [(f"{quiet.start:%m-%d %H:%M}", f"{quiet.end:%m-%d %H:%M}") for quiet in found]


def test_a_window_is_in_local_time_on_both_sides_of_a_change_of_clocks() -> None:
    march = datetime(2026, 3, 20, tzinfo=UTC)

    assert _stretches(SUNDAYS, march, 17) == [
        ("03-22 01:00", "03-22 02:00"),
        ("03-29 01:00", "03-29 02:00"),  # 02:00 does not exist on that day; an hour at the change it is
        ("04-05 00:00", "04-05 01:00"),
    ]


def test_each_stretch_is_given_once_however_it_is_asked_for() -> None:
    start = datetime(2026, 11, 1, tzinfo=UTC)
    whole = _stretches(SUNDAYS, start, 28)
    pieces = [one for day in range(28) for one in _stretches(SUNDAYS, start + timedelta(days=day), 1)]

    assert len(whole) == 4
    assert sorted(set(pieces)) == whole


def test_a_window_over_midnight_holds_on_the_next_day() -> None:
    nightly = Window("night", Selection(), "FREQ=DAILY;BYHOUR=23", timedelta(hours=3), UTC)
    instant = datetime(2026, 5, 5, 1, 30, tzinfo=UTC)

    (quiet,) = occurrences([nightly], instant, instant + timedelta(milliseconds=1))
    assert (quiet.start, quiet.end) == (
        datetime(2026, 5, 4, 23, tzinfo=UTC),
        datetime(2026, 5, 5, 2, tzinfo=UTC),
    )


def test_maintenance_keeps_the_page_back_and_what_is_down_at_its_end_pages() -> None:
    hour = Window("move", Selection(), "FREQ=DAILY;BYHOUR=12;BYMINUTE=0", timedelta(minutes=10), UTC, "the shop moves")
    world = World(probe(), policy=Policy("test", default_channels=("pager",), windows=(hour,)))
    outage(world)
    assert world.said == []
    assert (world.current[0].withheld or "").startswith("maintenance by synthmon.yaml, move until")

    for second in range(120, 720, 60):
        world.turn([run(at(second), "F")], at(second + 1), sweep=True)
    assert world.said == [TRIGGER]
    assert world.current[0].status is IncidentStatus.OPEN


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("FREQ=WEEKLY;BYDAY=SU;BYHOUR=2", None),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", None),
        ("FREQ=HOURLY", "a rule begins with FREQ=YEARLY, MONTHLY, WEEKLY or DAILY"),
        ("every sunday", "a rule begins with"),
        ("FREQ=DAILY;BYHOUR=25", "not a recurrence rule"),
        ("FREQ=DAILY;COLOUR=RED", "not a recurrence rule"),
        ("FREQ=DAILY;DTSTART=20260101T000000", "a rule has no DTSTART"),
    ],
)
def test_a_rule_is_checked_before_it_is_needed(rule: str, said: str | None) -> None:
    found = check_rule(rule)

    assert (found is None) if said is None else (found is not None and said in found)
