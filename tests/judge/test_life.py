"""What becomes of an incident that nobody takes on, or that somebody did long ago."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from synthmon.judge import Policy, decide
from synthmon.judge.policy import Level
from synthmon.model import words
from synthmon.model.incident import IncidentStatus, Occasion
from synthmon.model.probe import AlertRule, Severity, Track
from tests.judge.world import World, regions, run
from tests.making import at, probe


def outage(world: World) -> None:
    world.turn([run(at(0), "P")])
    world.turn([run(at(60), "F")])
    world.turn([run(at(65), "f")], at(66))


def goes_on(world: World, start: int, end: int) -> None:
    """It fails every minute, and the judge looks every minute."""
    for second in range(start, end, 60):
        world.turn([run(at(second), "F")], at(second + 1), sweep=True)


def reminders(world: World) -> list[int]:
    """Minutes after the first page."""
    first = world.notifications[0].created_at
    return [
        int((owed.created_at - first).total_seconds() / 60)
        for owed in world.notifications
        if owed.occasion is Occasion.REMIND
    ]


def acknowledge(world: World, second: float) -> None:
    (incident,) = world.current
    world.incidents[incident.id] = replace(
        incident, status=IncidentStatus.ACKNOWLEDGED, acknowledged_at=at(second), acknowledged_by="ada"
    )


def test_a_page_is_repeated_often_at_first_and_seldom_later() -> None:
    world = World(probe())
    outage(world)
    goes_on(world, 120, 16 * 3600)

    assert reminders(world) == [30, 60, 90, 120, 360, 600, 840]


def test_a_ticket_is_repeated_once_a_day() -> None:
    world = World(probe(alerts=(AlertRule("slow", Track.DOWN, 2, 2, severity=Severity.TICKET),), interval=600.0))
    world.turn([run(at(0), "P")])
    for second in range(600, 50 * 3600, 600):
        world.turn([run(at(second), "F")], at(second + 1), sweep=True)

    assert reminders(world) == [1440, 2880]


def test_who_has_taken_it_on_is_left_in_peace_for_eight_hours() -> None:
    world = World(probe())
    outage(world)
    acknowledge(world, 300)
    goes_on(world, 360, 8 * 3600 + 600)

    (incident,) = world.current
    assert reminders(world) == [483]
    assert (incident.status, incident.acknowledged_by) == (IncidentStatus.OPEN, None)
    assert "the acknowledgement by ada has expired" in [event.text for event in world.events]


def test_after_an_acknowledgement_has_expired_reminders_begin_anew() -> None:
    world = World(probe())
    outage(world)
    acknowledge(world, 66)
    goes_on(world, 120, 8 * 3600 + 3 * 3600)

    assert reminders(world) == [480, 510, 540, 570, 600]


def test_a_restart_between_two_reminders_changes_nothing() -> None:
    """All that the judge knows is in the incident: deciding about the same situation again owes the same."""
    world = World(probe())
    outage(world)
    goes_on(world, 120, 1800)
    again = world.situation([run(at(1920), "F")], sweep=True)

    assert decide(again, world.policy, at(1921)) == decide(again, world.policy, at(1921))


ESCALATING = Policy(
    "test",
    default_channels=("pager",),
    escalations={
        "pager": (Level(timedelta(minutes=5), ("second",)), Level(timedelta(minutes=15), ("boss", "mail"))),
    },
)


def test_what_nobody_takes_on_climbs_and_everybody_hears_of_the_end() -> None:
    world = World(probe(), policy=ESCALATING)
    outage(world)
    goes_on(world, 120, 1500)
    assert world.said == ["trigger pager", "trigger second", "trigger boss", "trigger mail"]
    assert world.notifications[1].message.title.startswith("Not acknowledged: checkout is down")
    assert {owed.dedup_key for owed in world.notifications} == {"synthmon/test/down/checkout"}

    world.turn([run(at(1560), "P")])
    world.turn([run(at(1620), "P")])
    assert world.said[4:] == ["resolve pager", "resolve second", "resolve boss", "resolve mail"]


def test_what_somebody_has_taken_on_does_not_climb() -> None:
    world = World(probe(), policy=ESCALATING)
    outage(world)
    acknowledge(world, 100)
    goes_on(world, 120, 3600)

    assert world.said == ["trigger pager"]


FLAPPING = 300  # seconds from one outage to the next


def outages(world: World, first: int, count: int, step: str = "pay") -> None:
    """One outage after the other, each over after two minutes."""
    for cycle in range(first, first + count):
        start = FLAPPING * cycle
        world.turn([run(at(start), "P")], at(start + 1), sweep=True)
        for second, letter in ((60, "F"), (65, "f")):
            broken = run(at(start + 60), letter, failed_step=step)
            world.turn([broken], at(start + second + 1), sweep=True)
        world.turn([run(at(start + 120), "P")], at(start + 121), sweep=True)
        world.turn([run(at(start + 180), "P")], at(start + 181), sweep=True)


def test_three_outages_within_an_hour_are_told_one_by_one() -> None:
    world = World(probe())
    outages(world, 0, 3)

    assert world.said == ["trigger pager", "resolve pager"] * 3


def test_from_the_fourth_on_it_is_one_story_that_says_so_until_it_is_calm() -> None:
    world = World(probe())
    outages(world, 0, 6)
    assert world.said == [*["trigger pager", "resolve pager"] * 3, "trigger pager"]
    (held,) = world.current
    back = FLAPPING * 5 + 180
    assert held.held_since == at(back)
    assert held.held == (
        "it is up since 2026-03-02 12:28:00 UTC, but was down 4 times within an hour: the incident ends when it has"
        " been up for 15 min, at 2026-03-02 12:43:00 UTC at the earliest"
    )
    assert [event.what for event in world.events if event.incident_id == held.id] == [
        *("began", "reopened"),
        *("held", "again", "held", "again", "held"),
    ]

    for second in range(back + 60, back + 1000, 60):
        world.turn([run(at(second), "P")], at(second + 1), sweep=True)
    assert world.said[-1] == "resolve pager"
    assert world.current == []
    assert world.notifications[-1].message.title == "checkout is up again after 12 min"  # not until it was calm


def test_while_it_is_held_open_and_up_nobody_is_reminded() -> None:
    world = World(probe())
    outages(world, 0, 4)
    said = len(world.said)
    for second in range(FLAPPING * 4, FLAPPING * 4 + 600, 60):
        world.turn([run(at(second), "P")], at(second + 1), sweep=True)

    assert len(world.said) == said


def test_another_cause_is_told_although_the_incident_is_held_open_and_nobody_has_taken_it_on() -> None:
    world = World(probe())
    outages(world, 0, 4)
    acknowledge(world, FLAPPING * 4 - 60)
    before = len(world.said)
    start = FLAPPING * 4
    world.turn([run(at(start + 60), "F", failed_step="log_in")], at(start + 61))
    world.turn([run(at(start + 60), "f", failed_step="log_in")], at(start + 66))

    assert world.said[before:] == ["trigger pager"]
    (current,) = world.current
    assert (current.cause.step, current.held_since) == ("log_in", None)
    assert current.status is IncidentStatus.OPEN
    assert {owed.dedup_key for owed in world.notifications} == {"synthmon/test/down/checkout"}
    said = [owed.message.summary.partition(" in ")[0] for owed in world.notifications]
    assert current.probe_title in said[0]
    assert " again" not in said[0]
    assert said[-1].endswith(f": down again, on and off since {words.instant(current.began_at)}")


def test_an_outage_that_becomes_another_one_is_told_anew_and_its_reason_follows() -> None:
    world = World(probe())
    outage(world)
    goes_on(world, 120, 300)
    for second in range(420, 900, 60):
        world.turn([run(at(second), "F", failed_step="log_in")], at(second + 1), sweep=True)

    assert world.said == ["trigger pager", "trigger pager"]
    (current,) = world.current
    assert current.cause.step == "log_in"
    assert [event.what for event in world.events].count("changed") == 1


def test_causes_that_alternate_are_told_every_five_minutes_at_most() -> None:
    world = World(probe())
    outage(world)
    for minute in range(2, 22):
        step = "log_in" if minute % 2 else "pay"
        world.turn([run(at(60 * minute), "F", failed_step=step)], at(60 * minute + 1), sweep=True)

    assert 2 <= world.said.count("trigger pager") <= 5


def test_reminders_of_a_ticket_that_became_a_page_count_from_the_page() -> None:
    """It fails in one region of three for an hour, a ticket, and then everywhere."""
    world = World(probe(regions=regions("eu", "us", "ap")))
    everywhere = ("eu", "us", "ap")
    for minute in range(110):
        down = everywhere if minute >= 60 else everywhere[:1] if minute else ()
        runs = [run(at(60 * minute), "F" if region in down else "P", region) for region in everywhere]
        world.turn(runs, at(60 * minute + 1), sweep=True)

    said = [(owed.occasion.value, owed.message.severity.value) for owed in world.notifications]
    assert said == [("trigger", "ticket"), ("trigger", "page"), ("remind", "page")]
    page, reminder = world.notifications[1:]
    assert reminder.created_at - page.created_at == timedelta(minutes=30)
