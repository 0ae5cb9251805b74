"""What every store promises about terms of leadership: they grow, and nothing is written for one that is over."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from synthmon.errors import Fenced
from synthmon.model.history import MissedSlot
from synthmon.model.incident import Decision, Health
from synthmon.model.term import Term
from synthmon.store.interface import Store
from tests.making import version
from tests.store.values import at, change, incident, owed, state

WRITES: dict[str, Callable[[Store, int], object]] = {
    "a decision": lambda store, epoch: store.apply(
        Decision(7, (state(),), (incident(),), (), (owed(incident()),), (change(0, Health.DOWN),)), epoch
    ),
    "a missed slot": lambda store, epoch: store.note_missed([MissedSlot("checkout", "local", at(0), "no")], epoch),
    "versions": lambda store, epoch: store.record_versions([version()], at(0), epoch),
    "a note": lambda store, epoch: store.note("name", "value", epoch),
}


def everything(store: Store) -> list[object]:
    """What the writes above change."""
    return [
        store.gather().watermark,
        store.states(),
        store.incidents(),
        store.deliveries(),
        store.health_changes(at(-99), at(99)),
        store.missed(at(-99), at(99)),
        store.versions(),
        dict(store.notes()),
    ]


def test_terms_grow_one_by_one_and_the_newest_is_known(store: Store) -> None:
    assert store.term() is None
    terms = [store.elect(name, at(number)) for number, name in enumerate(("ada", "ben", "ada"))]
    assert [Term(1, "ada", at(0)), Term(2, "ben", at(1)), Term(3, "ada", at(2))] == terms
    assert terms[-1] == store.term()


@pytest.mark.parametrize("what", WRITES)
def test_the_newest_leader_and_whoever_has_the_store_to_himself_may_write(store: Store, what: str) -> None:
    before = everything(store)
    WRITES[what](store, store.elect("ada", at(0)).epoch)
    assert before != everything(store)


@pytest.mark.parametrize("what", WRITES)
def test_nothing_is_written_for_a_leader_whose_term_is_over(store: Store, what: str) -> None:
    former = store.elect("ada", at(0)).epoch
    store.elect("ben", at(1))
    before = everything(store)
    with pytest.raises(Fenced, match="the term 1 of leadership is over: term 2 of ben is in force now"):
        WRITES[what](store, former)
    assert before == everything(store)


@pytest.mark.parametrize("what", WRITES)
def test_a_term_that_the_database_does_not_know_is_refused_as_well(store: Store, what: str) -> None:
    """It was put back from a backup: whoever led before that knows more of the future than of what is kept."""
    before = everything(store)
    with pytest.raises(Fenced, match="none is in force"):
        WRITES[what](store, 7)
    store.elect("ada", at(0))
    with pytest.raises(Fenced):
        WRITES[what](store, 7)
    assert before == everything(store)


def test_what_needs_no_leader_is_written_in_any_term(store: Store) -> None:
    store.elect("ada", at(0))
    store.note("name", "value")
    store.apply(Decision(3))
    assert ("value", 3) == (store.notes()["name"], store.gather().watermark)
