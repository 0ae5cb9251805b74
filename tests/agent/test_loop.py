"""Runs start on their slots, one at a time per probe and region, and end in order."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from queue import Queue

import pytest
from structlog.testing import capture_logs

from synthmon.agent import loop
from synthmon.agent.loop import Agent, AgentPorts
from synthmon.model.probe import Probe, ProbeRegion
from synthmon.model.run import Outcome, RunKey, RunKind, RunResult, to_millis
from synthmon.model.workers import workers_for
from synthmon.schedule import next_slot
from tests.making import probe, run


def now() -> datetime:
    return datetime.now(UTC)


class World:
    """Walks runs as told, and takes their results."""

    def __init__(self) -> None:
        self.results: Queue[RunResult] = Queue()
        self.outcome = Outcome.PASSED
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Semaphore(0)
        self.walking: Counter[tuple[str, str]] = Counter()
        self.overlaps = 0
        self._lock = threading.Lock()

    def walk(self, probe_: Probe, key: RunKey, region: ProbeRegion) -> RunResult:
        pair = (probe_.name, region.name)
        with self._lock:
            self.walking[pair] += 1
            self.overlaps += self.walking[pair] > 1
        self.entered.release()
        self.gate.wait(10)
        with self._lock:
            self.walking[pair] -= 1
        return replace(run(outcome=self.outcome), key=key, started_at=now(), duration=0.0)

    def next(self) -> RunResult:
        return self.results.get(timeout=10)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def agent(world: World) -> Iterator[Agent]:
    made = Agent(AgentPorts("test", world.walk, world.results.put, now), frozenset({"local", "north"}))
    with capture_logs():
        yield made
        world.gate.set()
        made.stop_starting()
        assert made.wait_idle(10)
        made.close()


def test_runs_start_on_the_slots_of_their_probe(agent: Agent, world: World) -> None:
    agent.replace({"checkout": probe(interval=0.2)})
    agent.start()
    results = [world.next() for _ in range(3)]
    slots = [result.key.slot for result in results]
    assert [200, 200] == [to_millis(later) - to_millis(slot) for slot, later in pairwise(slots)]
    assert slots[1] == next_slot("checkout", "local", 0.2, slots[0])
    assert all(0 <= result.quality.late < 0.2 for result in results)


def test_a_slot_that_comes_while_the_run_before_it_goes_on_is_skipped_and_says_so(agent: Agent, world: World) -> None:
    world.gate.clear()
    agent.replace({"checkout": probe(interval=0.1)})
    agent.start()
    skipped = world.next()
    assert Outcome.SKIPPED == skipped.outcome
    assert skipped.reason is not None
    assert "overrun" in skipped.reason
    world.gate.set()
    while world.next().outcome is Outcome.SKIPPED:
        pass
    assert world.overlaps == 0


def test_a_first_failure_is_confirmed_once(agent: Agent, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "CONFIRM_AFTER", 0.01)
    world.outcome = Outcome.FAILED
    agent.replace({"checkout": probe(interval=0.3)})
    agent.start()
    results = [world.next() for _ in range(4)]
    kinds = [result.key.kind for result in results]
    assert [RunKind.SCHEDULED, RunKind.CONFIRM, RunKind.SCHEDULED, RunKind.SCHEDULED] == kinds
    assert results[0].key.slot == results[1].key.slot


def test_a_run_that_ends_after_its_probe_was_taken_away_costs_the_one_that_returns_no_confirmation(
    agent: Agent, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "CONFIRM_AFTER", 0.01)
    world.outcome = Outcome.FAILED
    world.gate.clear()
    agent.replace({"checkout": probe(interval=3600.0)})
    agent.start()
    agent.run_now("checkout", "local")
    assert world.entered.acquire(timeout=10)
    agent.replace({})
    world.gate.set()
    assert RunKind.MANUAL == world.next().key.kind
    assert agent.wait_idle(10)

    agent.replace({"checkout": probe(interval=0.3)})
    assert [RunKind.SCHEDULED, RunKind.CONFIRM] == [world.next().key.kind for _ in range(2)]


def test_a_probe_that_is_taken_away_runs_no_more_and_the_others_go_on(agent: Agent, world: World) -> None:
    agent.replace({"a": probe("a", interval=0.1), "b": probe("b", interval=0.1)})
    agent.start()
    assert {"a", "b"} == {world.next().key.probe for _ in range(6)}
    agent.replace({"b": probe("b", interval=0.1)})
    assert agent.wait_idle(5)
    while not world.results.empty():
        world.results.get()
    assert {"b"} == {world.next().key.probe for _ in range(4)}


def test_an_unchanged_interval_keeps_its_slots_when_the_file_changes(agent: Agent) -> None:
    agent.replace({"checkout": probe(interval=3600.0)})
    agent.start()
    before = agent.coming
    agent.replace({"checkout": probe(interval=3600.0, title="another")})
    assert before == agent.coming


def test_only_regions_of_this_agent_run_here(agent: Agent) -> None:
    regions = (ProbeRegion("north"), ProbeRegion("elsewhere"))
    agent.replace({"checkout": probe(regions=regions)})
    assert agent.run_now("checkout", "elsewhere") is None
    agent.start()
    assert agent.run_now("checkout", "north") is not None


def test_a_manual_run_starts_at_once_and_is_marked(agent: Agent, world: World) -> None:
    agent.replace({"checkout": probe(interval=3600.0)})
    agent.start()
    key = agent.run_now("checkout", "local")
    assert key == world.next().key
    assert key is not None
    assert RunKind.MANUAL == key.kind


def test_after_stopping_nothing_starts_and_what_runs_is_waited_for(agent: Agent, world: World) -> None:
    world.gate.clear()
    agent.replace({"checkout": probe(interval=0.1)})
    agent.start()
    assert world.entered.acquire(timeout=10)
    agent.stop_starting()
    assert not agent.wait_idle(0.05)
    world.gate.set()
    assert agent.wait_idle(10)
    finished = [world.results.get() for _ in range(world.results.qsize())]
    assert Outcome.PASSED == finished[-1].outcome
    assert agent.run_now("checkout", "local") is None


def test_three_hundred_probes_are_scheduled_within_two_seconds_and_make_no_burst(agent: Agent, world: World) -> None:
    probes = {f"probe-{index}": probe(f"probe-{index}") for index in range(300)}
    began = now()
    agent.replace(probes)
    agent.start()
    took = (now() - began).total_seconds()
    starts = sorted(agent.coming.values())
    assert len(starts) == 300
    assert took < 2.0
    assert began < starts[0] <= starts[-1] <= now() + timedelta(seconds=60)
    # 300 probes over 60 s are 5 a second; hashing spreads them like balls into bins, far from all at once.
    busiest = max(Counter(int(start.timestamp()) for start in starts).values())
    assert busiest <= 20


def test_workers_are_twice_what_runs_at_once_within_bounds() -> None:
    assert workers_for([]) == 16
    assert workers_for([(30.0, 60.0)] * 100) == 100
    assert workers_for([(60.0, 5.0)] * 1000) == 512


def test_a_clock_that_jumped_back_does_not_keep_probes_waiting_for_the_old_time(world: World) -> None:
    ahead = timedelta(days=2)
    agent = Agent(AgentPorts("test", world.walk, world.results.put, lambda: now() + ahead), frozenset({"local"}))
    agent.replace({"checkout": probe(interval=3600.0)})
    assert agent.coming["checkout", "local"] > now() + timedelta(days=1)
    ahead = timedelta(0)
    agent.realign()
    assert agent.coming["checkout", "local"] <= now() + timedelta(hours=1)


def test_of_slots_that_came_while_synthmon_stood_still_the_last_is_run_and_the_others_say_why_not(
    agent: Agent, world: World
) -> None:
    agent.replace({"checkout": probe(interval=0.2)})
    agent.start()
    world.next()
    agent._scheduler.pause()
    threading.Event().wait(1.0)
    agent._scheduler.resume()
    results = [world.next() for _ in range(6)]
    slots = sorted(result.key.slot for result in results)
    assert {200} == {to_millis(later) - to_millis(slot) for slot, later in pairwise(slots)}
    reasons = Counter(result.reason for result in results if result.outcome is Outcome.SKIPPED)
    assert reasons["overrun: synthmon stood still, and a later slot was due when it could start"] >= 3
    assert all(result.quality.late > 0.1 for result in results if result.outcome is Outcome.SKIPPED)


def asked(region: str = "local", name: str = "checkout") -> RunKey:
    return RunKey("test", name, region, now(), RunKind.CONFIRM, 2)


def test_a_confirmation_that_the_judge_asks_for_runs_at_once(world: World, agent: Agent) -> None:
    agent.replace({"checkout": probe(interval=3600.0)})
    agent.start()
    key = asked()
    agent.confirm([key, asked("elsewhere"), asked(name="unknown")])

    assert world.next().key == key
    assert world.results.empty()


def test_an_asked_confirmation_that_fails_is_confirmed(
    world: World, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "CONFIRM_AFTER", 0.05)
    world.outcome = Outcome.FAILED
    agent.replace({"checkout": probe(interval=3600.0)})
    agent.start()
    agent.confirm([asked()])

    assert [world.next().key.n for _ in range(2)] == [2, 3]


def test_where_the_next_slot_confirms_as_soon_no_slot_is_lost_to_a_confirmation(agent: Agent, world: World) -> None:
    """The confirmation would begin five seconds later, and the slot comes in a tenth of a second."""
    world.outcome = Outcome.FAILED
    agent.replace({"checkout": probe(interval=0.1)})
    agent.start()

    assert {world.next().key.kind for _ in range(5)} == {RunKind.SCHEDULED}
