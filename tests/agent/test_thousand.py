"""A thousand probes of one interval: spread by their phase, and due at once after a standstill."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from synthmon.agent.loop import Agent, AgentPorts
from synthmon.model.probe import Probe, ProbeRegion
from synthmon.model.run import Outcome, RunKey, RunResult
from synthmon.schedule import next_slot
from tests.making import NOON, probe, run

EVERY = 4.0  # seconds
PROBES = {f"probe-{number}": probe(f"probe-{number}", interval=EVERY) for number in range(1000)}
HANGING = {f"probe-{number}" for number in range(0, 1000, 50)}
DEADLINE = 60.0  # seconds; it takes about nine


def now() -> datetime:
    return datetime.now(UTC)


class Crowd:
    """Runs that take no time, and some that hang until they are let go; what each of them gave."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.changed = threading.Condition()
        self.results: dict[str, list[RunResult]] = defaultdict(list)
        self.entered: dict[tuple[str, datetime], datetime] = {}
        self.under_way: Counter[str] = Counter()
        self.overlaps: list[RunKey] = []
        self.twice: list[RunKey] = []

    def walk(self, probe_: Probe, key: RunKey, region: ProbeRegion) -> RunResult:
        entered = now()
        with self.changed:
            self.under_way[key.probe] += 1
            if self.under_way[key.probe] > 1:
                self.overlaps.append(key)
            if (key.probe, key.slot) in self.entered:
                self.twice.append(key)
            self.entered[key.probe, key.slot] = entered
            self.changed.notify_all()
        if key.probe in HANGING:
            self.let_go.wait(2 * DEADLINE)
        with self.changed:
            self.under_way[key.probe] -= 1
        return replace(run(), key=key, started_at=entered, duration=0.0)

    def take(self, result: RunResult) -> None:
        with self.changed:
            self.results[result.key.probe].append(result)
            self.changed.notify_all()

    def wait_until_all_were_heard_of(self) -> None:
        """Of each probe there is a result; of one that hangs, that a slot of it was skipped, and that it hangs: a slot
        is skipped also where the run before it still waits for a worker."""
        with self.changed:
            heard = self.changed.wait_for(
                lambda: len(self.results) == len(PROBES) and all(self.under_way[name] for name in HANGING), DEADLINE
            )
            assert heard, f"{len(self.results)} of {len(PROBES)}, {self.under_way.total()} under way"


@pytest.fixture
def crowd() -> Crowd:
    return Crowd()


@pytest.fixture
def agent(crowd: Crowd) -> Iterator[Agent]:
    made = Agent(AgentPorts("test", crowd.walk, crowd.take, now), frozenset({"local"}))
    with capture_logs():
        made.replace(PROBES)
        made.start()
        yield made
        crowd.let_go.set()
        made.stop_starting()
        assert made.wait_idle(DEADLINE)
        made.close()


def test_their_first_slots_are_spread_over_the_interval() -> None:
    after = [(next_slot(name, "local", EVERY, NOON) - NOON).total_seconds() for name in PROBES]
    assert all(0 < each <= EVERY for each in after)
    # Ten in each hundredth of the interval on average: phases are computed from names, like balls thrown into bins.
    busiest = max(Counter(int(each / EVERY * 100) for each in after).values())
    assert busiest <= 30
    assert len({int(each / EVERY * 20) for each in after}) == 20


def test_due_at_once_each_runs_once_says_how_late_it_was_and_waits_for_none_that_hangs(
    agent: Agent, crowd: Crowd
) -> None:
    agent._scheduler.pause()  # as when the process stood still: every probe has a slot meanwhile
    threading.Event().wait(EVERY)
    agent._scheduler.resume()
    crowd.wait_until_all_were_heard_of()

    with crowd.changed:
        results = {name: list(each) for name, each in crowd.results.items()}
        under_way = {name: crowd.under_way[name] for name in HANGING}
        entered = dict(crowd.entered)
    assert ([], []) == (crowd.overlaps, crowd.twice)
    assert dict.fromkeys(HANGING, 1) == under_way
    made = [each for name in PROBES.keys() - HANGING for each in results[name] if each.outcome is not Outcome.SKIPPED]
    skipped = [each for name in HANGING for each in results[name]]

    for each in made:
        before = each.key.slot - timedelta(milliseconds=1)
        assert each.key.slot == next_slot(each.key.probe, "local", EVERY, before)
        # Measured just before the run began, from the instant at which it was due.
        late = entered[each.key.probe, each.key.slot] - each.key.slot
        assert 0.0 <= each.quality.late <= late.total_seconds()
    # Slots of the standstill lie evenly over it, so that many were late by a good part of it.
    assert sum(each.quality.late > EVERY / 4 for each in made) >= 100
    assert all(each.outcome is Outcome.SKIPPED and "overrun" in (each.reason or "") for each in skipped)
    assert HANGING == {each.key.probe for each in skipped}
