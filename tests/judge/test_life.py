"""What becomes of an incident that nobody takes on, or that somebody did long ago."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from synthmon.judge import Policy, decide
from synthmon.judge.policy import Level
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


def test_a_probe_that_flaps_stays_one_story_until_it_is_calm() -> None:
    world = World(probe())
    for cycle in range(6):
        start = 300 * cycle
        world.turn([run(at(start), "P")], at(start + 1), sweep=True)
        world.turn([run(at(start + 60), "F")], at(start + 61), sweep=True)
        world.turn([run(at(start + 65), "f")], at(start + 66), sweep=True)
        world.turn([run(at(start + 120), "P")], at(start + 121), sweep=True)
        world.turn([run(at(start + 180), "P")], at(start + 181), sweep=True)
    assert world.said == ["trigger pager", "resolve pager", "trigger pager"]
    assert len(world.current) == 1

    back = 300 * 5 + 180
    for second in range(back + 60, back + 1000, 60):
        world.turn([run(at(second), "P")], at(second + 1), sweep=True)
    assert world.said[-1] == "resolve pager"
    assert world.current == []
    resolved = [incident for incident in world.incidents.values() if incident.resolved_at]
    assert max(one.resolved_at for one in resolved if one.resolved_at) >= at(back) + timedelta(minutes=15)


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
