"""Agents that share a region: between them they run every probe, each its own, and what is asked for as well."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from queue import Empty, Queue

import pytest
from structlog.testing import capture_logs

from synthmon.agent.loop import Agent, AgentPorts
from synthmon.model.probe import Probe, ProbeRegion
from synthmon.model.run import Outcome, RunKey, RunKind, RunResult
from synthmon.model.shard import Shard
from synthmon.schedule import is_in
from tests.making import probe, run

SHARDS = [Shard(number, 3) for number in (1, 2, 3)]
NAMES = [f"probe-{number}" for number in range(12)]


def now() -> datetime:
    return datetime.now(UTC)


class Shared:
    """A region with an agent for each shard; `came` are the results, with the shard that had them."""

    def __init__(self) -> None:
        self.came: Queue[tuple[Shard, RunResult]] = Queue()
        self.agents = {shard: Agent(self._ports(shard), frozenset({"local"}), shard) for shard in SHARDS}

    def _ports(self, shard: Shard) -> AgentPorts:
        def walk(_probe: Probe, key: RunKey, _region: ProbeRegion) -> RunResult:
            return replace(run(outcome=Outcome.PASSED), key=key, started_at=now(), duration=0.0)

        return AgentPorts("test", walk, lambda result: self.came.put((shard, result)), now)

    def declare(self, interval: float) -> None:
        for agent in self.agents.values():
            agent.replace({name: probe(name, interval=interval) for name in NAMES})
            agent.start()

    def next(self) -> tuple[Shard, RunResult]:
        return self.came.get(timeout=10)


@pytest.fixture
def shared() -> Iterator[Shared]:
    with capture_logs():
        made = Shared()
        yield made
        for agent in made.agents.values():
            agent.stop_starting()
            assert agent.wait_idle(10)
            agent.close()


def test_every_probe_is_run_and_by_the_agent_that_owns_it(shared: Shared) -> None:
    shared.declare(interval=0.5)
    seen: dict[str, Shard] = {}
    while seen.keys() != set(NAMES):
        shard, result = shared.next()
        assert shard == seen.setdefault(result.key.probe, shard)
    assert all(is_in(name, shard) for name, shard in seen.items())
    assert set(SHARDS) == set(seen.values())


@pytest.mark.parametrize("name", NAMES[:5])
def test_a_run_that_a_person_asks_every_agent_for_is_made_by_one(shared: Shared, name: str) -> None:
    shared.declare(interval=3600.0)
    keys = [key for agent in shared.agents.values() if (key := agent.run_now(name, "local"))]
    shard, result = shared.next()
    assert [result.key] == keys
    assert is_in(name, shard)


def test_confirmations_that_every_agent_is_asked_for_are_each_made_by_one(shared: Shared) -> None:
    shared.declare(interval=3600.0)
    keys = [RunKey("test", name, "local", now(), RunKind.CONFIRM, 2) for name in NAMES]
    for agent in shared.agents.values():
        agent.confirm(keys)
    came = [shared.next() for _ in keys]
    assert sorted(key.id for key in keys) == sorted(result.id for _, result in came)
    assert all(is_in(result.key.probe, shard) for shard, result in came)
    with pytest.raises(Empty):
        shared.came.get(timeout=0.2)


def test_two_agents_with_the_same_shard_give_the_same_runs_the_same_ids() -> None:
    """So whatever keeps them keeps each once, and neither has to know of the other."""
    came: Queue[RunResult] = Queue()

    def walk(_probe: Probe, key: RunKey, _region: ProbeRegion) -> RunResult:
        return replace(run(), key=key, started_at=now(), duration=0.0)

    with capture_logs():
        twins = [Agent(AgentPorts("test", walk, came.put, now), frozenset({"local"}), SHARDS[0]) for _ in range(2)]
        for agent in twins:
            agent.replace({name: probe(name, interval=0.5) for name in NAMES})
            agent.start()
        ids = [came.get(timeout=10).id for _ in range(24)]
        for agent in twins:
            agent.stop_starting()
            assert agent.wait_idle(10)
            agent.close()
    assert len(set(ids)) < len(ids)
    assert max(ids.count(one) for one in ids) == 2


def test_an_agent_that_has_too_much_to_do_skips_what_is_its_own_and_nothing_else() -> None:
    gate, came = threading.Event(), Queue[RunResult]()

    def walk(_probe: Probe, key: RunKey, _region: ProbeRegion) -> RunResult:
        gate.wait(10)
        return replace(run(), key=key, started_at=now(), duration=0.0)

    with capture_logs():
        agent = Agent(AgentPorts("test", walk, came.put, now), frozenset({"local"}), SHARDS[1])
        agent.replace({name: probe(name, interval=0.2) for name in NAMES})
        agent.start()
        skipped = [came.get(timeout=10) for _ in range(12)]
        gate.set()
        agent.stop_starting()
        assert agent.wait_idle(10)
        agent.close()
    assert {Outcome.SKIPPED} == {result.outcome for result in skipped}
    assert all("overrun" in (result.reason or "") for result in skipped)
    assert {name for name in NAMES if is_in(name, SHARDS[1])} == {result.key.probe for result in skipped}
