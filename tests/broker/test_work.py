"""What a worker does with an order, and with what only looks like one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from synthmon.broker.work import Unsaid, Work, WorkPorts
from synthmon.errors import StoreError
from synthmon.model.order import Notice, Order
from synthmon.model.probe import Probe, ProbeRegion
from synthmon.model.run import Outcome, RunKey, RunKind, RunResult
from synthmon.schedule import next_slot
from synthmon.wire import order_to_json
from tests.making import NOON, probe, run

SLOT = next_slot("checkout", "local", 60.0, NOON)
REPLIES = "synthmon.replies.test.local.one"
ORDER = Order(RunKey("test", "checkout", "local", SLOT), "0" * 64, SLOT + timedelta(seconds=56), REPLIES)


class Shop:
    """A worker's surroundings: `said` in order is everything that it does."""

    def __init__(self) -> None:
        self.now = SLOT + timedelta(seconds=1)
        self.said: list[str] = []
        self.kept: list[RunResult] = []
        self.notices: list[Notice] = []
        self.probes = {"checkout": probe()}
        self.deaf = False
        self.full = False
        self.while_walking: Callable[[], None] = lambda: None
        self.work = Work(WorkPorts("test", "local", "w", self.probe, self.walk, self.keep, self.tell, self.time))

    def probe(self, name: str) -> Probe | None:
        return self.probes.get(name)

    def time(self) -> datetime:
        return self.now

    def walk(self, _probe: Probe, key: RunKey, _region: ProbeRegion) -> RunResult:
        self.said.append("walks")
        self.while_walking()
        return replace(run(), key=key, started_at=self.now)

    def keep(self, result: RunResult) -> None:
        if self.full:
            raise StoreError("the disk is full")
        self.said.append("keeps")
        self.kept.append(result)

    def tell(self, queue: str, notice: Notice) -> None:
        if self.deaf:
            raise ConnectionError("gone")
        assert queue == REPLIES
        self.said.append(notice.what.value)
        self.notices.append(notice)

    def take(self, order: Order = ORDER, **changes: Any) -> None:
        with capture_logs():
            self.work({**order_to_json(order), **changes})


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_a_run_begins_after_it_was_said_and_is_said_to_be_done_after_it_is_kept(shop: Shop) -> None:
    shop.take()
    assert ["taken", "walks", "keeps", "done"] == shop.said
    assert [ORDER.key] == [result.key for result in shop.kept]
    assert [1.0] == [result.quality.late for result in shop.kept]
    assert (Outcome.PASSED, SLOT + timedelta(seconds=1)) == (shop.notices[1].outcome, shop.notices[1].started_at)


def test_an_order_that_has_expired_is_left_to_whoever_gave_it(shop: Shop) -> None:
    shop.now = ORDER.until + timedelta(seconds=1)
    shop.take()
    assert [] == shop.said


def test_an_order_that_comes_twice_while_it_is_being_made_is_made_once(shop: Shop) -> None:
    shop.while_walking = shop.take
    shop.take()
    assert ["taken", "walks", "keeps", "done"] == shop.said


def test_what_cannot_be_said_to_be_taken_is_not_begun_and_goes_back(shop: Shop) -> None:
    shop.deaf = True
    with pytest.raises(Unsaid):
        shop.take()
    assert [] == shop.said
    shop.deaf = False
    shop.take()
    assert ["taken", "walks", "keeps", "done"] == shop.said


def test_what_was_taken_note_of_too_late_is_not_begun(shop: Shop) -> None:
    tell = shop.tell

    def slow(queue: str, notice: Notice) -> None:
        tell(queue, notice)
        shop.now = ORDER.until + timedelta(seconds=2)

    work = Work(WorkPorts("test", "local", "w", shop.probes.get, shop.walk, shop.keep, slow, shop.time))
    with capture_logs():
        work(order_to_json(ORDER))
    assert ["taken", "declined"] == shop.said


def test_a_result_is_kept_though_the_broker_went_away_meanwhile(shop: Shop) -> None:
    def go() -> None:
        shop.deaf = True

    shop.while_walking = go
    shop.take()
    assert ["taken", "walks", "keeps"] == shop.said


def test_a_result_that_cannot_be_kept_is_not_said_to_be_done(shop: Shop) -> None:
    shop.full = True
    shop.take()
    assert ["taken", "walks"] == shop.said


MANUAL = replace(ORDER, key=replace(ORDER.key, kind=RunKind.MANUAL, slot=SLOT + timedelta(milliseconds=1)))


def test_a_manual_run_needs_no_slot(shop: Shop) -> None:
    shop.take(MANUAL)
    assert ["taken", "walks", "keeps", "done"] == shop.said
    assert [0.0] == [result.quality.late for result in shop.kept]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"environment": "production"}, "this worker makes runs of test in local"),
        ({"region": "us-east"}, "this worker makes runs of test in local"),
        ({"probe": "login"}, "this worker knows no probe login"),
        ({"probe_hash": "1" * 64}, "this worker has another version of checkout"),
        ({"slot": "2026-03-02T12:00:00.001Z"}, "checkout has no slot then"),
        ({"slot": "2027-03-02T12:00:00.001Z", "until": "2027-03-02T13:00:00Z"}, "its slot is far ahead"),
        ({"until": "2026-03-02T13:00:00Z"}, "it expires too late"),
        ({"kind": "manual", "until": "2026-03-09T12:00:00Z"}, "it expires too late"),
    ],
)
def test_an_order_that_no_agent_can_have_given_is_declined_with_the_reason(
    shop: Shop, changes: dict[str, str], why: str
) -> None:
    shop.take(ORDER, **changes)
    assert ["declined"] == shop.said
    assert [why] == [notice.why for notice in shop.notices]


def test_a_probe_that_does_not_run_in_this_region_is_declined(shop: Shop) -> None:
    shop.probes = {"checkout": probe(regions=(ProbeRegion("north"),))}
    shop.take()
    assert ["checkout does not run in local"] == [notice.why for notice in shop.notices]


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "run",
        {},
        {"format": 2},
        {**order_to_json(ORDER), "reply_to": "synthmon.orders.test.local"},
        {**order_to_json(ORDER), "reply_to": "celery"},
        {**order_to_json(ORDER), "slot": "now"},
        {**order_to_json(ORDER), "kind": "reboot"},
        {**order_to_json(ORDER), "n": "0"},
        {**order_to_json(ORDER), "until": 5},
    ],
)
def test_what_is_no_order_is_refused_and_nothing_else(shop: Shop, document: Any) -> None:
    with capture_logs() as logs:
        shop.work(document)
    assert [] == shop.said
    assert ["order.refused"] == [line["event"] for line in logs]
