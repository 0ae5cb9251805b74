"""A centre, agents that share a region, and its workers, as real processes."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from synthmon.model.history import RunRow
from synthmon.model.run import Outcome
from synthmon.model.shard import read_shard
from synthmon.schedule import is_in, slots
from synthmon.store.sql import SqlStore
from tests.app.installation import Target, until
from tests.broker.parts import REGION, Parts
from tests.broker.redis import Redis
from tests.broker.world import now

NAMES = [f"probe-{number}" for number in range(6)]


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    target = Target()
    made = Parts(tmp_path, target)
    for name in NAMES:
        made.probe(name)
    yield made
    made.close()
    target.close()


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    made = Redis(tmp_path)
    yield made
    made.kill()


def passed(store: SqlStore, since: datetime) -> list[RunRow]:
    return [row for row in store.run_rows(start=since) if row.outcome is Outcome.PASSED]


def test_agents_that_share_a_region_run_each_its_own_and_twins_do_no_harm(parts: Parts) -> None:
    parts.centre()
    agents = {
        name: parts.agent(name, SYNTHMON_SHARD=shard)
        for name, shard in [("first", "1/2"), ("second", "2/2"), ("twin", "2/2")]
    }
    for agent in agents.values():
        agent.wait_for("agent.started")
        agent.wait_for("run.kept", 5)
    store = parts.store()
    until(lambda: {row.probe for row in store.run_rows()} == set(NAMES), 30)
    since = now()
    until(lambda: len(passed(store, since)) >= 20, 30)
    assert max(Counter(row.id for row in passed(store, since)).values()) == 1
    for name, shard in [("first", "1/2"), ("second", "2/2"), ("twin", "2/2")]:
        ran = {str(line["probe"]) for line in agents[name].events("run.kept")}
        assert {probe for probe in NAMES if is_in(probe, read_shard(shard))} == ran
    twice = {str(line["run"]) for line in agents["second"].events("run.kept")} & {
        str(line["run"]) for line in agents["twin"].events("run.kept")
    }
    assert len(twice) > 3
    assert ["1/2", "2/2", "2/2"] == sorted(str(one["shard"]) for one in parts.present())


def test_what_workers_made_while_the_centre_was_away_is_delivered_though_one_was_killed_meanwhile(
    parts: Parts, redis: Redis
) -> None:
    centre = parts.centre()
    broker = {"SYNTHMON_BROKER_URL": redis.url}
    workers = {name: parts.worker(name, **broker) for name in ("one", "two")}
    for worker in workers.values():
        worker.wait_for("worker.ready")
    agent = parts.agent("agent", **broker)
    agent.wait_for("workers.there")
    for worker in workers.values():
        worker.wait_for("run.kept", 3)
    centre.send(signal.SIGKILL)
    centre.end()
    for worker in workers.values():
        worker.wait_for("run.kept", len(worker.events("run.kept")) + 5)
    workers["one"].send(signal.SIGKILL)
    workers["one"].end()
    kept = {str(line["run"]) for process in (*workers.values(), agent) for line in process.events("run.kept")}
    parts.worker("one", **broker).wait_for("worker.started")
    parts.centre()
    store = parts.store()
    until(lambda: all(store.run(run) for run in kept), 60)


def test_what_an_agent_ordered_before_it_was_killed_is_made_and_every_slot_comes_to_something(
    parts: Parts, redis: Redis
) -> None:
    parts.centre()
    broker = {"SYNTHMON_BROKER_URL": redis.url}
    worker = parts.worker("one", **broker)
    worker.wait_for("worker.ready")
    agent = parts.agent("agent", **broker)
    agent.wait_for("workers.there")
    store = parts.store()
    since = now()
    for _ in range(3):
        worker.wait_for("run.kept", len(worker.events("run.kept")) + 6)
        agent.send(signal.SIGKILL)
        agent.end()
        agent = parts.agent("agent", **broker)
        agent.wait_for("workers.there")
    worker.wait_for("run.kept", len(worker.events("run.kept")) + 6)
    end = now() - timedelta(seconds=1)
    due = {(name, slot) for name in NAMES for slot in slots(name, REGION, 1.0, since, end)}

    def came() -> bool:
        kept = {(row.probe, row.slot) for row in store.run_rows(start=since)}
        missed = {(one.probe, one.slot) for one in store.missed(since, now())}
        assert not kept & missed
        return due <= kept | missed

    until(came, 60)
    assert len(passed(store, since)) > 20


def test_a_worker_that_is_asked_to_end_gives_its_runs_their_time_and_leaves_nothing(parts: Parts, redis: Redis) -> None:
    parts.centre()
    broker = {"SYNTHMON_BROKER_URL": redis.url}
    worker = parts.worker("one", **broker)
    worker.wait_for("worker.ready")
    parts.agent("agent", **broker)
    worker.wait_for("run.kept", 5)
    worker.send(signal.SIGTERM)
    assert 0 == worker.end(60)
    assert 0 == worker.events("worker.stopped")[0]["results_not_kept"]
    assert 0 == worker.events("spool.closed")[0]["not_delivered"]
    assert "Traceback" not in worker.said


@pytest.mark.parametrize("broker", ["hangs", "is away"])
def test_a_worker_ends_in_order_though_its_broker_does_not_answer(parts: Parts, redis: Redis, broker: str) -> None:
    parts.centre()
    worker = parts.worker("one", SYNTHMON_BROKER_URL=redis.url)
    worker.wait_for("worker.ready")
    if broker == "hangs":
        redis.freeze()
    else:
        redis.kill()
    worker.send(signal.SIGTERM)
    assert 0 == worker.end(60)
    assert 0 == worker.events("worker.stopped")[0]["results_not_kept"]


def test_a_worker_that_starts_without_its_broker_is_there_once_the_broker_is(parts: Parts, redis: Redis) -> None:
    parts.centre()
    redis.kill()
    worker = parts.fresh_worker("one", SYNTHMON_BROKER_URL=redis.url)
    worker.wait_for("celery.said")
    redis.start()
    worker.wait_for("worker.ready")
    assert "synthmon worker of eu-west\n" == worker.said  # and what Celery says is an event like any other


def test_workers_make_the_runs_of_a_daemon_that_is_centre_and_agent_in_one(parts: Parts, redis: Redis) -> None:
    broker = {"SYNTHMON_BROKER_URL": redis.url}
    up = parts.up(**broker)
    worker = parts.worker("one", **broker)
    worker.wait_for("worker.ready")
    up.wait_for("workers.there")
    worker.wait_for("run.kept", 6)
    store = parts.store()
    until(lambda: all(store.run(str(line["run"])) for line in worker.events("run.kept")[:6]), 30)
    before = len(up.events("workers.away"))  # one, if a run was due before the broker had answered
    redis.kill()
    up.wait_for("workers.away", before + 1)
    up.wait_for("run.kept", len(up.events("run.kept")) + 6)
