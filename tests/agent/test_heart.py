"""Heartbeats: the clock's offset from the shortest round trip, and what an agent counts of its work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from synthmon.agent.heart import Heart, HeartPorts
from synthmon.agent.line import Echo, Line
from synthmon.agent.reach import Reach
from synthmon.agent.tally import Tally
from synthmon.model.agent import Heartbeat
from synthmon.model.run import Outcome, Quality, RunKind, to_millis
from tests.making import NOON, at, run


@dataclass
class Lab(Line):
    """A centre whose clock is right, an agent whose clock is ahead by so many seconds, and a network between them."""

    ahead: float
    trips: Iterator[tuple[float, float]]  # there and back, in seconds
    seconds: float = 0.0  # the true time since noon
    beats: list[Heartbeat] = field(default_factory=list)

    def beat(self, heartbeat: Heartbeat) -> Echo:
        self.beats.append(heartbeat)
        there, back = next(self.trips)
        self.seconds += there
        echo = Echo(to_millis(at(self.seconds)), 0, "hash")
        self.seconds += back
        return echo

    def now(self) -> datetime:
        return at(self.seconds) + timedelta(seconds=self.ahead)


def heart_of(lab: Lab) -> Heart:
    vital = Heartbeat("eu", "a", NOON, "1", "hash", NOON)
    ports = HeartPorts(
        lab, Reach(lab.now), lambda: vital, lambda: 0, lambda _echo, _mark: None, lab.now, lambda: lab.seconds
    )
    return Heart(ports)


def test_the_offset_is_that_of_the_shortest_round_trip() -> None:
    lab = Lab(3.0, iter([(2.0, 0.1), (0.02, 0.02), (0.1, 3.0)]))
    heart = heart_of(lab)
    for _ in range(3):
        heart.beat()
    offset, round_trip = heart.offset or (0.0, 0.0)
    assert abs(offset - 3.0) <= 0.021
    assert abs(round_trip - 0.04) < 0.001
    assert [None, True] == [lab.beats[0].offset, lab.beats[2].offset is not None]


def test_a_clock_that_was_set_is_measured_anew() -> None:
    lab = Lab(3.0, iter([(0.01, 0.01), (0.05, 0.05)]))
    heart = heart_of(lab)
    heart.beat()
    lab.ahead = 0.0
    heart.forget_offset()
    heart.beat()
    assert abs((heart.offset or (9.0, 0.0))[0]) < 0.06


def test_the_tally_counts_slots_runs_and_lateness() -> None:
    tally = Tally()
    for number in range(100):
        tally.began(RunKind.SCHEDULED)
        tally.ended(run(at(number), quality=Quality(late=number / 100)))
    tally.began(RunKind.CONFIRM)
    tally.ended(run(at(5), Outcome.FAILED, kind=RunKind.CONFIRM, n=1))
    tally.ended(run(at(6), Outcome.SKIPPED))
    assert (101, 101, 101) == (tally.due, tally.started, tally.finished)
    assert 0.98 <= (tally.lateness_p99 or 0.0) <= 0.99


def test_runs_that_begin_late_are_told_as_too_much_to_do_until_they_are_over() -> None:
    now = [0.0]
    tally = Tally(monotonic=lambda: now[0])
    for number in range(40):
        tally.ended(run(at(number), quality=Quality(late=0.002 if number % 20 else 3.0)))
    assert tally.strain is not None
    assert tally.strain.startswith(
        "under-provisioned, or this process stood still: 2 of the last 40 runs began more than a second late"
    )
    now[0] = 601.0
    for number in range(40):
        tally.ended(run(at(number), quality=Quality(late=0.002)))
    assert tally.strain is None


def test_one_late_run_of_many_and_few_runs_at_all_are_no_strain() -> None:
    tally = Tally()
    for number in range(19):
        tally.ended(run(at(number), quality=Quality(late=5.0)))
    assert tally.strain is None  # too few to tell
    for number in range(400):
        tally.ended(run(at(number), quality=Quality(late=0.0)))
    assert tally.strain is None
