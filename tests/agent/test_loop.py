"""Runs start on their slots, one at a time per probe and region, and end in order."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from queue import Queue
from typing import Any

import pytest
from structlog.testing import capture_logs

from synthmon.agent import loop
from synthmon.agent.loop import Agent, AgentPorts
from synthmon.agent.schedule import RunExecutor, SlotTrigger, workers_for
from synthmon.model.probe import Probe, ProbeRegion
from synthmon.model.run import Outcome, RunKey, RunKind, RunResult, to_millis
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
    before = {job.id: job.next_run_time for job in agent._scheduler.get_jobs()}
    agent.replace({"checkout": probe(interval=3600.0, title="another")})
    assert before == {job.id: job.next_run_time for job in agent._scheduler.get_jobs()}


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
    starts = sorted(job.next_run_time for job in agent._scheduler.get_jobs())
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


def test_after_a_leap_of_the_clock_no_slot_but_the_last_is_looked_at() -> None:
    trigger = SlotTrigger("checkout", "local", 60.0)
    before = trigger.get_next_fire_time(None, datetime(1970, 1, 1, tzinfo=UTC))
    after = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    last = trigger.get_next_fire_time(before, after)
    assert timedelta(0) <= after - last < timedelta(seconds=60)
    assert trigger.get_next_fire_time(last, after) == last + timedelta(seconds=60)
    assert last == next_slot("checkout", "local", 60.0, last - timedelta(seconds=60))


@pytest.mark.parametrize(
    ("interval", "late", "over"), [(1, 4.9, False), (60, 6.1, True), (60, 6, False), (3600, 300, False)]
)
def test_a_slot_that_was_slept_through_is_left_out_unless_it_was_just_now(
    interval: float, late: float, over: bool
) -> None:
    trigger = SlotTrigger("checkout", "local", interval)
    slot = next_slot("checkout", "local", interval, now())
    assert trigger.is_over(slot, slot + timedelta(seconds=late)) is over


def test_probes_that_slept_together_do_not_wake_together(world: World) -> None:
    """An hour passes while the scheduler sleeps: a tenth of the probes starts at once, the others on time."""
    leap = timedelta(0)
    executor = RunExecutor(16, lambda: now() + leap)
    started: Queue[datetime] = Queue()
    with capture_logs():
        executor.start(NoScheduler(), "default")
        leap = timedelta(hours=1)
        for index in range(300):
            trigger = SlotTrigger(f"probe-{index}", "local", 60.0)
            last = trigger.get_next_fire_time(now(), now() + leap)
            executor.submit_job(NoJob(f"run:{index}", trigger, started.put), [last])
        executor.shutdown()
    assert 5 <= started.qsize() <= 60
    assert not any(executor._instances.values())


def test_a_clock_that_jumped_back_does_not_keep_probes_waiting_for_the_old_time(agent: Agent, world: World) -> None:
    agent.replace({"checkout": probe(interval=3600.0)})
    agent.start()
    job_id = "run:checkout@local"
    agent._scheduler.modify_job(job_id, next_run_time=now() + timedelta(days=2))  # as computed before the jump
    agent.realign()
    assert agent._scheduler.get_job(job_id).next_run_time <= now() + timedelta(hours=1)


class NoScheduler:
    """As much of one as an executor asks for."""

    @staticmethod
    def _create_lock() -> Any:
        return threading.RLock()


@dataclass
class NoJob:
    id: str
    trigger: SlotTrigger
    func: Callable[[datetime], None]
    max_instances: int = 1


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
