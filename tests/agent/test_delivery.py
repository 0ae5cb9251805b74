"""Out of the spool to the centre: in order, once, past what is poisoned, and straight where the spool takes nothing."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import pytest

from synthmon import wire
from synthmon.agent import delivery as delivery_module
from synthmon.agent.delivery import Delivery, DeliveryPorts
from synthmon.agent.line import Line
from synthmon.agent.patience import LONGEST, Patience
from synthmon.agent.reach import Reach
from synthmon.errors import CentreError, StoreError
from synthmon.model.agent import Consigned, Consignment, Delivered
from synthmon.spool import Record, Spool
from synthmon.store.memory import MemoryStore
from tests.app.installation import until
from tests.making import NOON, at, run


@dataclass
class Centre:
    """Takes consignments into a store as the real one does; scripted to fail."""

    store: MemoryStore = field(default_factory=MemoryStore)
    errors: list[CentreError] = field(default_factory=list)
    too_much: Callable[[Sequence[Record]], bool] = lambda _records: False
    sent: list[list[int]] = field(default_factory=list)
    away: CentreError | None = None

    def deliver(self, spool: str, after: int, records: Sequence[Record]) -> Delivered:
        self.sent.append([one.seq for one in records])
        if self.away is not None:
            raise self.away
        if self.errors:
            raise self.errors.pop(0)
        if self.too_much(records):
            raise CentreError("the centre answered 413", status=413)
        taken = tuple(
            Consigned(one.seq, wire.from_json(wire.loads(one.document)))
            if one.document
            else Consigned(one.seq, refused="set aside")
            for one in records
        )
        return self.store.take(Consignment(spool, "local", after, taken))


class ToCentre(Line):
    """A line to it without a network."""

    def __init__(self, centre: Centre) -> None:
        self._to = centre

    def deliver(self, spool: str, after: int, records: Sequence[Record]) -> Delivered:
        return self._to.deliver(spool, after, records)


@pytest.fixture
def centre() -> Centre:
    return Centre()


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool.db", 1 << 20, lambda: "s1", lambda: NOON)


@pytest.fixture
def reach() -> Reach:
    return Reach(lambda: NOON)


@pytest.fixture
def delivery(centre: Centre, spool: Spool, reach: Reach) -> Delivery:
    """Not started: tests take its turns themselves, or start it."""
    line = ToCentre(centre)
    return Delivery(DeliveryPorts(spool, line, line, "memory-1", reach, random.Random(1)))


def runs(count: int) -> list[str]:
    return [run(at(60 * number)).id for number in range(count)]


def put(delivery: Delivery, count: int, first: int = 0) -> None:
    for number in range(first, count):
        delivery.put([run(at(60 * number))])


def drain(delivery: Delivery) -> None:
    while delivery._deliver():
        pass


def test_what_was_put_is_delivered_in_order_and_once(centre: Centre, delivery: Delivery, spool: Spool) -> None:
    put(delivery, 5)
    drain(delivery)
    assert runs(5) == [row.id for row in reversed(centre.store.run_rows())]
    assert ([[1, 2, 3, 4, 5]], 5, 0) == (centre.sent, spool.mark, spool.state().depth)


def test_a_batch_in_doubt_is_sent_again_and_kept_once(centre: Centre, delivery: Delivery) -> None:
    put(delivery, 3)
    centre.deliver("s1", 0, [Record(1, wire.dumps(wire.to_kept_json(run(NOON))))])  # it was heard, the answer was not
    drain(delivery)
    assert 3 == len(centre.store.run_rows())


def test_of_large_results_a_backlog_waits_no_longer_though_few_of_them_go_at_once(
    monkeypatch: pytest.MonkeyPatch, centre: Centre, delivery: Delivery
) -> None:
    put(delivery, 5)
    monkeypatch.setattr(delivery_module, "LARGEST_BYTES", 2 * len(wire.dumps(wire.to_kept_json(run(NOON)))) + 10)
    assert delivery._deliver()
    assert 0.0 == delivery._pace.wait(monotonic())
    assert [[1, 2]] == centre.sent


def test_a_backlog_is_delivered_without_a_pause_once_the_centre_is_back(
    centre: Centre, delivery: Delivery, reach: Reach
) -> None:
    centre.away = CentreError("the centre was not reached: connection refused")
    delivery.start()
    put(delivery, 450)
    until(lambda: reach.away_since)
    assert "connection refused" in str(reach.why)
    centre.away = None
    delivery.nudge()
    until(lambda: len(centre.store.run_rows()) == 450)
    assert 0 == delivery.close(5)
    assert reach.away_since is None


def test_a_lower_mark_rewinds_the_spool_and_nothing_is_left_out(centre: Centre, delivery: Delivery) -> None:
    put(delivery, 4)
    drain(delivery)
    centre.store = MemoryStore()  # an older backup: it knows nothing of this spool
    put(delivery, 6, first=4)
    drain(delivery)
    assert set(runs(6)) == {row.id for row in centre.store.run_rows()}


def test_a_mark_that_is_put_back_while_a_batch_is_read_from_the_spool_leaves_nothing_out(
    centre: Centre, delivery: Delivery, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(delivery, 4)
    drain(delivery)
    centre.store = MemoryStore()
    put(delivery, 6, first=4)
    pending = spool.pending

    def and_then_a_heartbeat(most: int, most_bytes: int) -> list[Record]:
        found = pending(most, most_bytes)
        if centre.store.durable("s1", "local") == 0:
            spool.rewind(0)  # it is another thread's, and says what an older backup knows
        return found

    monkeypatch.setattr(spool, "pending", and_then_a_heartbeat)
    drain(delivery)
    assert set(runs(6)) == {row.id for row in centre.store.run_rows()}


def test_a_spool_that_was_copied_with_its_machine_costs_neither_of_the_two_a_result(
    centre: Centre, delivery: Delivery, spool: Spool, reach: Reach, tmp_path: Path
) -> None:
    put(delivery, 3)
    drain(delivery)
    spool.close()
    shutil.copytree(tmp_path, tmp_path / "clone")
    twin = Spool(tmp_path / "clone" / "spool.db", 1 << 20, lambda: "s2", lambda: NOON)
    assert spool.id == twin.id
    line = ToCentre(centre)
    other = Delivery(DeliveryPorts(twin, line, line, "memory-2", reach, random.Random(2)))
    put(delivery, 8, first=3)
    put(other, 12, first=8)  # their numbers are the same, and they come by turns
    drain(delivery)
    put(delivery, 15, first=12)
    drain(other)
    drain(delivery)
    assert set(runs(15)) == {row.id for row in centre.store.run_rows()}
    assert (0, 0) == (spool.state().depth, twin.state().depth)


def test_a_batch_that_is_refused_as_a_whole_is_halved_until_the_one_to_blame_is_found(
    centre: Centre, delivery: Delivery, spool: Spool
) -> None:
    put(delivery, 9)
    centre.too_much = lambda records: any(one.seq == 6 and one.document is not None for one in records)
    drain(delivery)
    assert set(runs(9)) - {run(at(60 * 5)).id} == {row.id for row in centre.store.run_rows()}
    assert (0, 1, 9) == (spool.state().depth, spool.state().refused, spool.mark)


def test_a_spool_that_takes_nothing_is_passed_by(
    centre: Centre, delivery: Delivery, spool: Spool, tmp_path: Path
) -> None:
    (tmp_path / "spool.db").rename(tmp_path / "away.db")
    put(delivery, 3)
    assert set(runs(3)) == {row.id for row in centre.store.run_rows()}
    assert spool.trouble


def test_where_both_are_away_the_result_is_not_taken(
    centre: Centre, delivery: Delivery, spool: Spool, tmp_path: Path
) -> None:
    (tmp_path / "spool.db").rename(tmp_path / "away.db")
    centre.away = CentreError("the centre was not reached: connection refused")
    with pytest.raises(StoreError, match=r"cannot be opened.*connection refused"):
        delivery.put([run(NOON)])


def test_pauses_grow_with_full_jitter_and_never_beyond_a_bound() -> None:
    patience = Patience(random.Random(3))
    pauses = [patience.next() for _ in range(200)]
    assert max(pauses[:1]) <= 0.5
    assert max(pauses) <= LONGEST
    assert min(pauses[50:]) < 1.0
    assert max(pauses[50:]) > 14.0
    patience.worked()
    assert patience.next() <= 0.5
    assert 30.0 <= patience.next(asked_for=30.0)
    assert 60.0 >= patience.next(asked_for=1e9)
