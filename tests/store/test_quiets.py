"""What is asked to be quiet about is kept, found by its time, and can be ended early once."""

from __future__ import annotations

from synthmon.model.incident import Decision, IncidentEvent
from synthmon.model.probe import Severity
from synthmon.model.quiet import Quiet, QuietKind, Selection
from synthmon.store.interface import Store
from tests.making import at, incident


def quiet(start: float, end: float, reason: str = "the shop moves") -> Quiet:
    covers = Selection(probe="check*", tag="tier-1", severity=Severity.PAGE)
    return Quiet(QuietKind.SILENCE, covers, at(start), at(end), reason, "ada")


def test_it_comes_back_as_it_went(store: Store) -> None:
    store.keep_quiet(quiet(0, 600))

    assert store.quiets(at(0), at(1)) == [quiet(0, 600)]


def test_it_is_found_by_every_stretch_that_it_overlaps(store: Store) -> None:
    early, late = quiet(0, 600), quiet(300, 900)
    store.keep_quiet(late)
    store.keep_quiet(early)

    assert store.quiets(at(300), at(301)) == [early, late]
    assert store.quiets(at(600), at(601)) == [late]
    assert store.quiets(at(-10), at(0)) == []
    assert store.quiets(at(900), at(901)) == []


def test_it_is_ended_early_once(store: Store) -> None:
    asked = quiet(0, 600)
    store.keep_quiet(asked)

    assert store.lift_quiet(asked.id, "bob", at(60))
    assert not store.lift_quiet(asked.id, "bob", at(61))
    assert not store.lift_quiet("nothing", "bob", at(61))
    assert store.quiets(at(60), at(61)) == []
    (lifted,) = store.quiets(at(0), at(1))
    assert (lifted.lifted_at, lifted.lifted_by) == (at(60), "bob")


def test_asked_twice_it_is_one(store: Store) -> None:
    store.keep_quiet(quiet(0, 600))
    store.keep_quiet(quiet(0, 600))

    assert len(store.quiets(at(0), at(1))) == 1


def test_a_note_is_a_line_and_a_cause_is_also_kept_with_the_incident(store: Store) -> None:
    known = incident()
    store.apply(Decision(0, incidents=(known,)))

    assert store.annotate(known.id, IncidentEvent(known.id, at(60), "note", "called the acquirer", "ada"))
    assert store.annotate(known.id, IncidentEvent(known.id, at(90), "cause", "expired certificate", "ada"))
    assert not store.annotate("nothing", IncidentEvent("nothing", at(90), "note", "x", "ada"))
    assert [(event.what, event.text, event.actor) for event in store.events(known.id)] == [
        ("note", "called the acquirer", "ada"),
        ("cause", "expired certificate", "ada"),
    ]
    kept = store.incident(known.id)
    assert kept is not None
    assert kept.found == "expired certificate"


def test_the_judge_does_not_forget_what_people_found(store: Store) -> None:
    known = incident()
    store.apply(Decision(0, incidents=(known,)))
    store.annotate(known.id, IncidentEvent(known.id, at(90), "cause", "expired certificate", "ada"))
    store.apply(Decision(1, incidents=(known,)))

    kept = store.incident(known.id)
    assert kept is not None
    assert kept.found == "expired certificate"
