"""What the centre keeps of agents, in every store: marks, tokens, heartbeats, confirmations asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from synthmon.model.agent import AgentToken, Consigned, Consignment, Delivered, Heartbeat, Refusal
from synthmon.model.run import RunKey, RunKind
from synthmon.store.interface import Store
from tests.making import NOON, at, run


def consignment(*seqs: int, after: int = 0, spool: str = "s1", region: str = "local") -> Consignment:
    return Consignment(spool, region, after, tuple(Consigned(seq, run(at(60 * seq))) for seq in seqs))


def heartbeat(region: str = "eu", instance: str = "a", **changes: object) -> Heartbeat:
    values: dict[str, object] = {"at": NOON, "version": "1", "config_hash": "c", "started_at": NOON} | changes
    return Heartbeat(region, instance, **values)  # type: ignore[arg-type]


def test_a_spool_never_heard_of_has_the_mark_0(store: Store) -> None:
    assert 0 == store.durable("s1", "local")


def test_what_is_taken_is_kept_and_moves_the_mark(store: Store) -> None:
    assert Delivered(2) == store.take(consignment(1, 2))
    assert 2 == store.durable("s1", "local")
    assert 2 == len(store.run_rows())


def test_taken_twice_it_is_kept_once(store: Store) -> None:
    store.take(consignment(1, 2))
    assert Delivered(2) == store.take(consignment(1, 2))
    assert 2 == len(store.run_rows())


def test_a_late_repetition_does_not_move_the_mark_back(store: Store) -> None:
    store.take(consignment(1, 2, 3))
    assert Delivered(3) == store.take(consignment(1))


def test_sequences_may_have_gaps_where_the_spool_was_full(store: Store) -> None:
    store.take(consignment(1, 2))
    assert Delivered(9) == store.take(consignment(7, 9, after=2))


def test_a_refused_record_moves_the_mark_and_is_told_with_its_reason(store: Store) -> None:
    poisoned = replace(consignment(1), records=(Consigned(1, refused="no such probe"), Consigned(2, run())))
    assert Delivered(2, (Refusal(1, "no such probe"),)) == store.take(poisoned)
    assert 1 == len(store.run_rows())


def test_a_database_that_is_behind_takes_nothing_and_says_from_where_to_send_again(store: Store) -> None:
    store.take(consignment(1, 2))
    assert Delivered(2) == store.take(consignment(8, after=7))
    assert 2 == len(store.run_rows())


def test_another_region_cannot_move_the_mark_of_a_spool(store: Store) -> None:
    store.take(consignment(1, 2))
    store.take(consignment(900, region="elsewhere"))
    assert (2, 900) == (store.durable("s1", "local"), store.durable("s1", "elsewhere"))


def test_a_token_comes_back_by_its_hash_and_can_end(store: Store) -> None:
    token = AgentToken("t1", "eu", "abc", NOON)
    store.keep_token(token)
    store.keep_token(AgentToken("t0", "eu", "def", at(-60), expires_at=at(60)))
    assert token == store.token("abc")
    assert store.token("other") is None
    store.keep_token(replace(token, revoked_at=at(5)))
    assert [("t0", True), ("t1", False)] == [(one.id, one.holds(at(10))) for one in store.tokens()]
    assert not store.tokens()[0].holds(at(60))


def test_an_agent_is_as_it_last_said(store: Store) -> None:
    store.hear(heartbeat(spool_depth=5, spool_oldest=NOON, troubles=("the disk is full",), offset=-0.25))
    store.hear(last := heartbeat(at=at(15), spool_depth=0, standstills=((at(2), at(9)),)))
    store.hear(other := heartbeat("ap", "b", at=at(16)))
    assert [other, last] == store.heartbeats()


def test_an_agent_that_was_not_heard_of_for_a_week_is_forgotten(store: Store) -> None:
    store.hear(heartbeat(instance="gone"))
    store.hear(new := heartbeat(at=NOON + timedelta(days=7, seconds=1)))
    assert [new] == store.heartbeats()


def test_a_region_is_asked_once_for_what_has_not_expired(store: Store) -> None:
    eu, ap = (RunKey("test", "checkout", region, NOON, RunKind.CONFIRM, 2) for region in ("eu", "ap"))
    store.ask([eu, ap], at(30))
    store.ask([eu], at(30))
    found = store.asked("eu", 0, at(1))
    assert (eu,) == found.keys
    assert () == store.asked("eu", found.last, at(1)).keys
    assert () == store.asked("eu", 0, at(30)).keys


def test_a_later_question_has_a_higher_number_although_all_before_are_long_over(store: Store) -> None:
    first, second = (RunKey("test", "checkout", "eu", at(seconds), RunKind.CONFIRM, 2) for seconds in (0, 9000))
    store.ask([first], at(30))
    last = store.asked("eu", 0, NOON).last
    store.ask([second], at(9030))
    assert (second,) == store.asked("eu", last, at(9001)).keys


def test_a_number_that_was_never_given_asks_from_the_beginning(store: Store) -> None:
    store.ask([eu := RunKey("test", "checkout", "eu", NOON, RunKind.CONFIRM, 2)], at(30))
    assert (eu,) == store.asked("eu", 4711, NOON).keys
