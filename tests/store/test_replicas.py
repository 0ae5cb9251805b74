"""What every store promises about the processes of a centre: the last word of each, until it is silent for a day."""

from __future__ import annotations

from dataclasses import replace

from synthmon.model.probe import Track
from synthmon.model.replica import Replica, Word
from synthmon.store.interface import Store
from tests.store.values import DAY, at

ADA = Replica("ada", at(0), "0.1.0", (Word(Track.NOTIFY, "pager", at(-9), "it refuses", "channel pager"),))
BEN = Replica("ben", at(5), "0.2.0", (Word(Track.SYNTHMON, "synthmon", at(1)),))


def test_the_last_word_of_each_is_kept_whole_and_comes_by_name(store: Store) -> None:
    store.keep_replica(BEN)
    store.keep_replica(replace(ADA, words=()))
    store.keep_replica(ADA)
    assert [ADA, BEN] == store.replicas()


def test_who_ends_in_order_is_gone_at_once_and_who_is_silent_for_a_day_then(store: Store) -> None:
    store.keep_replica(ADA)
    store.keep_replica(BEN)
    store.forget_replica("ben")
    assert [ADA] == store.replicas()
    late = replace(BEN, at=at(1) + DAY)
    store.keep_replica(late)
    assert [late] == store.replicas()
