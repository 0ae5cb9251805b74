"""What every store promises about terms of leadership: they grow, and nothing is written for one that is over."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from synthmon.errors import Fenced
from synthmon.model.history import MissedSlot
from synthmon.model.incident import Decision, Health
from synthmon.model.term import Term, following
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


def test_terms_grow_however_the_clock_goes_and_the_newest_is_known(store: Store) -> None:
    assert store.term() is None
    terms = [store.elect(name, at(seconds)) for name, seconds in (("ada", 0), ("ben", 0), ("ada", -60), ("ben", 60))]
    begin, later = int(at(0).timestamp()), int(at(60).timestamp())
    assert [begin, begin + 1, begin + 2, later] == [term.epoch for term in terms]
    assert [Term(begin, "ada", at(0)), Term(later, "ben", at(60))] == [terms[0], terms[-1]]
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
    with pytest.raises(Fenced, match=r"the term \d+ of leadership is over: term \d+ of ben is in force now"):
        WRITES[what](store, former)
    assert before == everything(store)


@pytest.mark.parametrize("what", WRITES)
def test_a_leader_from_before_an_older_database_was_put_back_writes_nothing_in_the_terms_after_it(
    store: Store, what: str
) -> None:
    """Both began as many terms as the database then knew of, and one."""
    former = following(None, at(0))
    store.elect("ben", at(60))
    before = everything(store)
    with pytest.raises(Fenced):
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
