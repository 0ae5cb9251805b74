"""What every store promises about the judge's turn: gathered in one piece, applied together or not at all."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from synthmon.errors import StoreError
from synthmon.model.incident import (
    Decision,
    Health,
    Incident,
    IncidentEvent,
    IncidentStatus,
    Occasion,
    RegionPhase,
    RegionState,
)
from synthmon.model.probe import Severity, Track
from synthmon.model.run import Outcome
from synthmon.store.interface import Store, Unjudged
from tests.depth import times
from tests.store.values import at, change, incident, owed, run, state
from tests.wire import strategies


def test_a_turn_starts_from_the_runs_after_the_watermark_in_order_of_arrival(store: Store) -> None:
    late, early = run(60), run(0)
    store.keep([late])
    store.keep([early])
    first = store.gather(limit=1)
    assert (late,) == first.runs
    store.apply(Decision(first.watermark))
    second = store.gather()
    assert (early,) == second.runs
    store.apply(Decision(second.watermark))
    assert ((), second.watermark) == (store.gather().runs, store.gather().watermark)


def test_a_turn_without_news_has_nothing_but_its_watermark(store: Store) -> None:
    store.apply(Decision(0, states=(state(),), incidents=(incident(),)))
    gathered = store.gather()
    assert (0, (), (), ()) == (gathered.watermark, gathered.runs, gathered.states, gathered.incidents)


def test_the_watermark_never_goes_back(store: Store) -> None:
    store.keep([run(0), run(60)])
    mark = store.gather().watermark
    store.apply(Decision(mark))
    store.apply(Decision(mark - 1))
    assert mark == store.gather().watermark


def test_a_run_kept_again_is_not_judged_again(store: Store) -> None:
    store.keep([run(0)])
    store.apply(Decision(store.gather().watermark))
    store.keep([run(0)])
    assert () == store.gather().runs


def test_states_and_incidents_are_those_of_the_probes_with_news(store: Store) -> None:
    ended, older = incident(0, resolved=10), incident(-900, resolved=-800)
    slow, other = incident(5, track=Track.SLOW), incident(0, probe="login")
    store.apply(Decision(0, states=(state(), state("login")), incidents=(older, ended, slow, other)))
    store.keep([run(0)])
    gathered = store.gather()
    assert ((state(),), (slow, ended)) == (gathered.states, gathered.incidents)


def test_everything_decided_is_there_afterwards(store: Store) -> None:
    opened = incident()
    event = IncidentEvent(opened.id, at(0), "opened", "two runs in a row failed")
    down = change(0, Health.DOWN)
    store.apply(Decision(7, (state(),), (opened,), (event,), (owed(opened),), (down,)))
    assert ([state()], [opened], [event]) == (store.states(), store.incidents(), store.events(opened.id))
    assert [owed(opened)] == [delivery.notification for delivery in store.deliveries(opened.id)]
    assert [down] == store.health_changes(at(0), at(60))
    assert 7 == store.gather().watermark


def test_a_decision_that_cannot_be_kept_whole_is_not_kept_at_all(store: Store) -> None:
    opened = incident()
    stray = IncidentEvent("an incident of another world", at(0), "opened", "")
    with pytest.raises(StoreError):
        store.apply(Decision(7, (state(),), (opened,), (stray,), (owed(opened),), (change(0, Health.DOWN),)))
    assert ([], [], [], []) == (
        store.states(),
        store.incidents(),
        store.deliveries(),
        store.health_changes(at(0), at(60)),
    )
    assert 0 == store.gather().watermark


def test_two_current_incidents_of_one_probe_and_track_are_refused(store: Store) -> None:
    store.apply(Decision(0, incidents=(incident(0),)))
    with pytest.raises(StoreError):
        store.apply(Decision(0, incidents=(incident(60, generation=2),)))
    assert [incident(0)] == store.incidents()


def test_an_incident_may_end_in_the_decision_that_opens_the_next(store: Store) -> None:
    store.apply(Decision(0, incidents=(incident(0),)))
    store.apply(Decision(0, incidents=(incident(60, generation=2), incident(0, resolved=60))))
    assert [incident(60, generation=2), incident(0, resolved=60)] == store.incidents()


def test_a_changed_incident_replaces_the_kept_one(store: Store) -> None:
    store.apply(Decision(0, incidents=(incident(),)))
    worse = replace(incident(), severity=Severity.TICKET, regions=("local", "eu"))
    store.apply(Decision(0, incidents=(worse,)))
    assert ([worse], worse) == (store.incidents(), store.incident(worse.id))


def test_an_incident_that_is_not_kept_is_none(store: Store) -> None:
    assert store.incident("no such") is None
    assert [] == store.events("no such")


def test_a_state_replaces_the_one_before(store: Store) -> None:
    store.apply(Decision(0, states=(state(), state(region="eu"))))
    store.apply(Decision(0, states=(state(phase=RegionPhase.DOWN),)))
    assert [state(region="eu"), state(phase=RegionPhase.DOWN)] == store.states("checkout")
    assert [] == store.states("login")


def test_an_acknowledgement_is_kept_once_with_its_event_and_what_is_owed(store: Store) -> None:
    opened = incident()
    store.apply(Decision(0, incidents=(opened,)))
    told = owed(opened, Occasion.ACKNOWLEDGE)
    assert store.acknowledge(opened.id, "ana", at(30), [told])
    assert not store.acknowledge(opened.id, "ben", at(40), [owed(opened, Occasion.ACKNOWLEDGE, sequence=1)])
    assert not store.acknowledge("no such", "ben", at(40))
    (kept,) = store.incidents()
    assert (IncidentStatus.ACKNOWLEDGED, at(30), "ana") == (kept.status, kept.acknowledged_at, kept.acknowledged_by)
    assert [("acknowledged", "ana")] == [(event.what, event.actor) for event in store.events(opened.id)]
    assert [told] == [delivery.notification for delivery in store.deliveries()]


def test_a_resolved_incident_cannot_be_acknowledged(store: Store) -> None:
    ended = incident(resolved=60)
    store.apply(Decision(0, incidents=(ended,)))
    assert not store.acknowledge(ended.id, "ana", at(90))


def test_a_judge_that_had_not_seen_the_acknowledgement_does_not_undo_it(store: Store) -> None:
    opened = incident()
    store.apply(Decision(0, incidents=(opened,)))
    store.acknowledge(opened.id, "ana", at(30))
    store.apply(Decision(0, incidents=(replace(opened, regions=("local", "eu")),)))
    (kept,) = store.incidents()
    assert (IncidentStatus.ACKNOWLEDGED, "ana", ("local", "eu")) == (kept.status, kept.acknowledged_by, kept.regions)
    store.apply(Decision(0, incidents=(incident(resolved=60),)))
    (kept,) = store.incidents()
    assert (IncidentStatus.RESOLVED, "ana", at(60)) == (kept.status, kept.acknowledged_by, kept.resolved_at)


def test_incidents_come_newest_first_and_only_those_asked_for(store: Store) -> None:
    first, second = incident(0, resolved=100), incident(300)
    other = incident(50, probe="login")
    store.apply(Decision(0, incidents=(first, second, other)))
    assert [second, other, first] == store.incidents()
    assert [second] == store.incidents(limit=1)
    assert [second, first] == store.incidents(probe="checkout")
    assert [second, other] == store.incidents(current=True)
    assert [first] == store.incidents(current=False)
    assert [other] == store.incidents(start=at(100), end=at(200))  # from 240 the second one had begun
    assert [second, other] == store.incidents(start=at(100), end=at(241))
    assert [other] == store.incidents(limit=1, behind=(second.opened_at, second.generation, second.id))
    assert [] == store.incidents(behind=(first.opened_at, first.generation, first.id))


def test_events_come_by_instant_and_then_as_they_were_written(store: Store) -> None:
    opened = incident()
    lines = [IncidentEvent(opened.id, at(seconds), "note", text) for seconds, text in ((5, "c"), (0, "a"), (0, "b"))]
    store.apply(Decision(0, incidents=(opened,), events=tuple(lines)))
    assert ["a", "b", "c"] == [event.text for event in store.events(opened.id)]


FLAPPING = [(0, Health.UP), (10, Health.DOWN), (20, Health.UP), (30, Health.DOWN), (40, Health.UP)]


def test_changes_of_health_come_with_the_last_one_before(store: Store) -> None:
    changes = (
        change(0, Health.UP),
        change(1, Health.UP, region="eu"),
        change(10, Health.DOWN),
        change(20, Health.UP),
        change(30, Health.DOWN),
        change(40, Health.UP),
        change(5, Health.UP, probe="login"),
    )
    store.apply(Decision(0, health=changes))
    assert [changes[1], changes[6], changes[2], changes[3]] == store.health_changes(at(15), at(30))
    assert [changes[1], changes[3], changes[4]] == store.health_changes(at(30), at(40), probe="checkout")


def test_old_changes_of_health_go_in_pieces_and_the_last_of_each_stays(store: Store) -> None:
    changes = [change(at_, health, region=region) for region in ("eu", "us", None) for at_, health in FLAPPING]
    store.apply(Decision(0, health=(*changes, change(0, Health.UP, probe="login"))))
    known = [store.health_changes(at(seconds), at(seconds)) for seconds in (31, 40, 100)]

    assert [4, 4, 1, 0] == [store.forget_health(at(31), 4) for _ in range(4)]
    assert known == [store.health_changes(at(seconds), at(seconds)) for seconds in (31, 40, 100)]
    assert 3 * 2 + 1 == len(store.health_changes(at(0), at(100)))


@settings(max_examples=times(8), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kept=strategies.states)
def test_every_state_comes_back_as_it_was_decided(store: Store, kept: RegionState) -> None:
    store.apply(Decision(0, states=(kept,)))
    assert kept in store.states(kept.probe)


def test_an_incident_of_a_failed_run_has_its_cause(store: Store) -> None:
    store.keep([run(0, outcome=Outcome.FAILED)])
    opened: Incident = incident()
    store.apply(Decision(store.gather().watermark, incidents=(opened,)))
    kept = store.incident(opened.id)
    assert kept is not None
    assert opened.cause == kept.cause


def test_how_many_are_not_judged_is_counted_as_far_as_was_asked(store: Store) -> None:
    assert Unjudged(0, 0) == store.unjudged(5)
    store.keep([run(60 * number) for number in range(3)])
    assert [2, 3, 3] == [store.unjudged(most).runs for most in (2, 3, 4)]
    watermark = store.gather(2).watermark
    store.apply(Decision(watermark))
    assert Unjudged(watermark, 1) == store.unjudged(5)
