"""Deliveries wait for a judge who is late and gets on, in turn and not for ever; for one who does not get on, never."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthmon.centre.keeping_up import LOOK_EVERY, MOST, PATIENCE, STANDS_STILL, KeepingUp
from synthmon.model.agent import Consignment, Delivered
from synthmon.model.incident import Decision
from synthmon.store.interface import Unjudged
from synthmon.store.memory import MemoryStore
from tests.desks import desk
from tests.making import probe
from tests.store.values import run

DELIVERY, TAKES = 200, 0.02  # runs, and seconds in which they are kept: ten thousand a second


class World:
    """A judge of so many runs a second, by a clock that goes on only while somebody sleeps."""

    def __init__(self, judged_a_second: float, waiting: int = 0) -> None:
        self.now, self.watermark, self.waiting, self.rate, self.looks = 0.0, 0, waiting, judged_a_second, 0
        self.gate = KeepingUp(self.unjudged, lambda: self.now, self.sleep)

    def unjudged(self, most: int) -> Unjudged:
        self.looks += 1
        return Unjudged(self.watermark, min(most, self.waiting))

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        judged = min(self.waiting, round(self.rate * seconds))
        self.waiting, self.watermark = self.waiting - judged, self.watermark + judged

    def deliver(self) -> float:
        """How long it was held up."""
        came = self.now
        self.gate.wait()
        held_up = self.now - came
        self.sleep(TAKES)
        self.waiting += DELIVERY
        return held_up


def test_nobody_waits_for_a_judge_who_keeps_up() -> None:
    world = World(judged_a_second=1500, waiting=MOST)
    assert 0.0 == world.deliver()


def test_a_delivery_waits_until_the_judge_has_caught_up() -> None:
    world = World(judged_a_second=1000, waiting=MOST + 400)
    assert 0.4 == pytest.approx(world.deliver(), abs=LOOK_EVERY)
    assert world.waiting <= MOST + DELIVERY


def test_none_is_held_up_for_long_by_a_judge_who_hardly_gets_on() -> None:
    world = World(judged_a_second=20, waiting=5 * MOST)
    assert all(world.deliver() <= PATIENCE + LOOK_EVERY for _ in range(9))


def test_what_is_not_judged_stays_bounded_however_much_is_offered() -> None:
    world = World(judged_a_second=1000, waiting=20 * MOST)  # as after an outage
    most = []
    for _ in range(400):  # one after the other, without a pause
        world.deliver()
        most.append(world.waiting)
    assert world.watermark >= 20 * MOST
    assert max(most[200:]) <= MOST + 3 * DELIVERY
    assert world.watermark + world.waiting == 20 * MOST + 400 * DELIVERY  # nothing is lost
    assert world.watermark >= 0.98 * world.rate * world.now  # and the judge never lacks anything to do


def test_a_judge_who_stands_still_is_waited_for_by_nobody() -> None:
    world = World(judged_a_second=0, waiting=2 * MOST)
    for _ in range(10):
        world.deliver()
    assert world.now <= STANDS_STILL + 1.0
    world.rate = 1000
    world.sleep(1.0)
    assert 0.0 < world.deliver()  # he gets on again


def test_nobody_waits_while_the_process_ends() -> None:
    world = World(judged_a_second=1, waiting=2 * MOST)
    world.gate.leave()
    assert 0.0 == world.deliver()


def test_those_who_wait_look_together() -> None:
    world = World(judged_a_second=1000)
    for _ in range(50):
        world.gate.wait()
    assert 1 == world.looks


def test_an_agents_delivery_waits_before_anything_of_it_is_taken(tmp_path: Path) -> None:
    heard: list[str] = []

    class Slow(MemoryStore):
        def unjudged(self, most: int) -> Unjudged:
            found = super().unjudged(most)
            heard.append("behind" if found.runs > MOST else "near")
            self.apply(Decision(self.gather(most).watermark))
            return found

        def take(self, consignment: Consignment) -> Delivered:
            heard.append("taken")
            return super().take(consignment)

    store = Slow()
    store.keep([run(60 * number) for number in range(MOST + 1)])
    answer = desk(store, tmp_path, {"checkout": probe("checkout")}).take("local", {"spool": "s", "records": []})
    assert (["behind", "near", "taken"], 0) == (heard, answer.durable)
