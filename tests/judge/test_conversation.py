"""A probe's life as a conversation: outcomes in, occasions out. P passed, D degraded, F failed, E error, S skipped.

A small letter is the confirmation, five seconds later, of the run before it.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from synthmon.model.incident import Health, IncidentStatus
from synthmon.model.probe import AlertRule, Severity, Track
from synthmon.model.run import RunKind
from tests.judge.world import POLICY, World, run
from tests.making import NOON, at, probe

TRIGGER, RESOLVE = "trigger pager", "resolve pager"


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        ("PPPP", []),
        ("P F P F P", []),
        ("P Fp P", []),
        ("P Ff", [TRIGGER]),
        ("P FF", [TRIGGER]),
        ("P Ff FFFF", [TRIGGER]),
        ("P Ff P", [TRIGGER]),
        ("P Ff PP", [TRIGGER, RESOLVE]),
        ("P Ff P F P F P", [TRIGGER]),
        ("P Ff DD", [TRIGGER, RESOLVE]),
        ("P Ff PEP", [TRIGGER, RESOLVE]),
        ("P EEEEEE", []),
        ("P F E E f", [TRIGGER]),
        ("P SSSS", []),
        ("P Ff EEEE", [TRIGGER]),
        ("P Ff PP Ff PP", [TRIGGER, RESOLVE, TRIGGER, RESOLVE]),
        ("Ff", [TRIGGER]),
        ("E F E E E", []),
    ],
)
def test_outcomes_lead_to_occasions(heard: str, said: list[str]) -> None:
    assert said == World(probe()).hear(heard)


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        ("P DD", []),
        ("P DDD", [TRIGGER]),
        ("P DD P DD", []),
        ("P DD E D", [TRIGGER]),
        ("P DD F D", [TRIGGER]),
        ("P DDD P P", [TRIGGER, RESOLVE]),
        ("P DDD P D P", [TRIGGER]),
        ("P DDD F F F", [TRIGGER]),
    ],
)
def test_slowness_is_a_track_of_its_own(heard: str, said: list[str]) -> None:
    slow = AlertRule("slow", Track.SLOW, 3, 3, severity=Severity.TICKET)

    assert said == World(probe(alerts=(slow,))).hear(heard)


def test_a_probe_that_is_slow_and_then_down_has_two_incidents_and_both_end() -> None:
    down, slow = AlertRule("down", Track.DOWN, 2, 2), AlertRule("slow", Track.SLOW, 2, 2, severity=Severity.TICKET)
    world = World(probe(alerts=(down, slow)))

    assert [TRIGGER] == world.hear("P DD")
    assert Health.DEGRADED is world.believed()
    assert [TRIGGER] == world.hear("Ff")
    assert Health.DOWN is world.believed()
    assert {Track.DOWN, Track.SLOW} == {incident.track for incident in world.current}
    assert [RESOLVE, RESOLVE] == world.hear("PP")
    assert Health.UP is world.believed()
    slow_message, down_message, *_ = (owed.message for owed in world.notifications)
    assert 'checkout is slow: step "Pay": took 2.10 s, budget 800 ms' == slow_message.title
    assert "synthmon/test/slow/checkout" != world.notifications[1].dedup_key
    assert "synthmon/test/down/checkout" == world.notifications[1].dedup_key
    assert "page" == down_message.severity


def test_trouble_soon_after_a_resolve_reopens_as_the_next_generation() -> None:
    world = World(probe())
    world.hear("P Ff PP Ff")

    first, second = sorted(world.incidents.values(), key=lambda incident: incident.opened_at)
    assert (1, 2) == (first.generation, second.generation)
    assert first.dedup_key == second.dedup_key
    assert "reopened" in [event.what for event in world.events if event.incident_id == second.id]


def test_trouble_long_after_a_resolve_is_a_new_incident() -> None:
    world = World(probe())
    world.hear("P Ff PP" + 20 * "P" + "Ff")

    assert [1, 1] == [incident.generation for incident in world.incidents.values()]


def test_an_incident_tells_when_it_began_and_when_it_was_known() -> None:
    world = World(probe())
    world.hear("P Ff PP")

    (incident,) = world.incidents.values()
    assert at(60) == incident.began_at
    assert at(65.5) == incident.opened_at
    assert (IncidentStatus.RESOLVED, at(180.25)) == (incident.status, incident.resolved_at)
    assert ["began", "opened", "resolved"] == [event.what for event in world.events]
    assert [at(60), at(65.5), at(180.25)] == [event.at for event in world.events]


def test_the_bound_from_outage_to_page_holds_for_two_failures() -> None:
    """The outage begins just after a run passed; each failing run takes its whole timeout."""
    world = World(probe())
    world.turn([run(NOON, "P")])
    world.turn([run(at(60), "F", duration=10.0)])
    world.turn([run(at(60), "f", duration=15.0 + 10.0)])

    assert [TRIGGER] == world.said
    assert world.now - NOON <= timedelta(seconds=60 + 2 * 10 + 7)


def test_late_results_change_history_only() -> None:
    world = World(probe())
    world.turn([run(at(600), "P")])
    late = [run(at(60.0 * number), "F") for number in range(9)]

    world.turn(late, at(601))
    assert [] == world.said
    assert Health.UP is world.believed()
    assert at(600) == world.states["checkout", "local"].last_slot


def test_results_that_arrive_together_are_judged_in_the_order_of_their_slots() -> None:
    world = World(probe())
    world.turn([run(at(120), "F"), run(at(60), "F"), run(NOON, "P")], at(121))

    assert [TRIGGER] == world.said
    assert at(60) == world.current[0].began_at


def test_an_outage_that_is_over_when_it_is_judged_pages_nobody_but_is_kept() -> None:
    world = World(probe())
    world.turn([run(at(60.0 * number), letter) for number, letter in enumerate("PFFPP")], at(241))

    assert [] == world.said
    (incident,) = world.incidents.values()
    assert (at(60), IncidentStatus.RESOLVED) == (incident.began_at, incident.status)
    assert "nobody is told: it was over when its runs were judged" == world.events[-1].text


def test_a_backlog_of_old_failures_pages_only_when_the_present_fails_too() -> None:
    world = World(probe())
    world.turn([run(at(60.0 * number), "F") for number in range(20)], at(3 * 3600))
    assert [] == world.said
    assert Health.UNKNOWN is world.believed()

    world.turn([run(at(3 * 3600), "F")], at(3 * 3600 + 1))
    assert [TRIGGER] == world.said


def test_a_region_that_was_silent_is_unknown_in_between_even_if_nobody_looked() -> None:
    world = World(probe())
    world.turn([run(NOON, "P")])
    world.turn([run(at(3600), "P")])

    overall = [(change.health, change.at) for change in world.changes if change.region is None]
    assert [(Health.UP, at(0.25)), (Health.UNKNOWN, at(135)), (Health.UP, at(3600.25))] == overall


def test_silence_keeps_an_incident_open_and_what_follows_goes_on_from_where_it_was() -> None:
    world = World(probe())
    world.hear("P Ff")
    world.sweep(at(1200))

    assert [TRIGGER] == world.said
    assert Health.UNKNOWN is world.health["checkout", None].health
    world.turn([run(at(1260), "P")])
    assert [TRIGGER] == world.said
    world.turn([run(at(1320), "P")])
    assert [TRIGGER, RESOLVE] == world.said


def test_a_removed_probe_resolves_its_incident_with_that_reason() -> None:
    world = World(probe())
    world.hear("P Ff")
    world.probes = {}
    world.sweep(at(70))

    assert [TRIGGER, RESOLVE] == world.said
    (incident,) = world.incidents.values()
    assert "the probe was removed" == incident.resolved_because
    assert "checkout is not watched any more: the probe was removed" == world.notifications[-1].message.title
    assert {Health.UNKNOWN} == {change.health for change in world.health.values()}
    assert [] == list(world.sweep(at(80)).incidents)


def test_a_probe_that_comes_back_does_not_take_up_its_old_outage() -> None:
    world = World(probe())
    world.hear("P Ff")
    declared, world.probes = world.probes, {}
    world.sweep(at(70))
    world.probes = declared

    assert [TRIGGER, RESOLVE] == world.said
    world.turn([run(at(120), "F")])
    assert [TRIGGER, RESOLVE] == world.said
    world.turn([run(at(120), "f")], at(126))
    assert [TRIGGER, RESOLVE, TRIGGER] == world.said
    assert at(120) == world.current[0].began_at


def test_two_rules_of_one_track_share_an_incident_that_the_graver_one_raises() -> None:
    ticket = AlertRule("soon", Track.DOWN, 2, 2, severity=Severity.TICKET, notify=("chat",))
    page = AlertRule("long", Track.DOWN, 4, 4, severity=Severity.PAGE, notify=("pager",), runbook="https://run.book")
    world = World(probe(alerts=(ticket, page)))

    assert ["trigger chat"] == world.hear("P Ff")
    assert ["trigger chat", "trigger pager"] == world.hear("FF")
    (incident,) = world.current
    assert (Severity.PAGE, ("chat", "pager"), "long") == (incident.severity, incident.channels, incident.alert)
    assert "https://run.book" == incident.runbook
    assert [] == world.hear("FFFF")
    assert ["resolve chat", "resolve pager"] == world.hear("PP")


def test_a_resolve_goes_only_to_channels_that_got_a_trigger() -> None:
    ticket = AlertRule("soon", Track.DOWN, 2, 2, severity=Severity.TICKET, notify=("chat",))
    page = AlertRule("long", Track.DOWN, 9, 9, notify=("pager",))

    assert ["trigger chat", "resolve chat"] == World(probe(alerts=(ticket, page))).hear("P Ff FF PP")


def test_a_probe_without_rules_has_health_but_no_incidents() -> None:
    world = World(probe(alerts=()))

    assert [] == world.hear("P Ff")
    assert Health.DOWN is world.believed()
    assert [] == world.hear("DDD")
    assert Health.DEGRADED is world.believed()


def test_a_renamed_rule_keeps_its_incident() -> None:
    world = World(probe())
    world.hear("P Ff")
    world.probes = {"checkout": probe(alerts=(AlertRule("another name", Track.DOWN, 2, 2),))}
    world.sweep(at(70))

    assert Health.DOWN is world.believed()
    assert [TRIGGER] == world.said
    assert [RESOLVE] == world.hear("PP")


def test_a_run_that_somebody_asked_for_changes_nothing() -> None:
    world = World(probe())
    world.hear("P Ff")
    world.turn([run(at(70.0 + number), "P", kind=RunKind.MANUAL) for number in range(5)])

    assert [TRIGGER] == world.said
    assert Health.DOWN is world.believed()


def test_an_overrun_that_is_noted_before_the_slow_run_ends_does_not_hide_that_it_failed() -> None:
    world = World(probe(interval=10.0))
    for number in range(0, 60, 20):
        world.turn([run(at(number + 10.0), "S")])
        world.turn([run(at(number), "F", duration=15.0)])

    assert [TRIGGER] == world.said


def test_without_a_channel_the_incident_is_open_and_says_that_nobody_is_told() -> None:
    world = World(probe(), policy=POLICY.__class__("test"))

    assert [] == world.hear("P Ff")
    assert 1 == len(world.current)
    assert "nobody is told: no channel is declared" in world.events[-1].text


def test_deciding_twice_about_the_same_situation_decides_the_same() -> None:
    world = World(probe())
    world.hear("P F")
    situation = world.situation([run(at(60), "f")])

    first, again = (World(probe()) for _ in range(2))
    first.states, again.states = dict(world.states), dict(world.states)
    decisions = [one.turn(situation.runs, at(66)) for one in (first, again)]
    assert decisions[0] == decisions[1]
    assert decisions[0].notifications[0].id == decisions[1].notifications[0].id
