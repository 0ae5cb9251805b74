"""Celery workers make a region's runs over a real Redis, and none of it needs to live for every slot to have a row."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

import pytest

from synthmon.model.run import Kept, Outcome, RunKey
from synthmon.schedule import count_slots, next_slot
from tests.app.installation import until
from tests.broker.world import Region, Running, now

SECOND = timedelta(seconds=1)
Made = Callable[..., Region]


def alive(world: Region, running: Running) -> datetime:
    """The instant from which on the workers make the runs."""
    until(lambda: running.line.there and running.elsewhere.trouble is None, 30)
    since = now()
    running.until_passed(5, since)
    return since


def settled(world: Region, running: Running) -> datetime:
    """An instant up to which every slot has come to something, once the workers have made runs again."""
    until(lambda: running.elsewhere.trouble is None, 60)
    running.until_passed(10, now())
    until(lambda: running.ledger.open <= len(world.probes), 30)
    return now() - SECOND


def test_runs_are_made_by_the_workers_and_kept_by_them(region: Made) -> None:
    world = region()
    world.declare()
    workers = [world.worker(name) for name in ("one", "two")]
    for worker in workers:
        worker.wait_for("worker.ready")
    with world.running() as running:
        since = alive(world, running)
        own = running.own
        running.until_passed(20, since)
        end = settled(world, running)
        own = running.own - own
    account = world.account("eu-west", since, end)
    assert account["passed"] > 20 > own
    assert (0, 0) == (account["missed"], account["failed"])


def test_while_there_is_no_worker_the_agent_makes_the_runs_itself_and_says_so(region: Made) -> None:
    world = region()
    world.declare()
    with world.running() as running:
        until(lambda: running.line.there, 30)
        since = now()
        until(lambda: "no worker takes the runs" in (running.elsewhere.trouble or ""), 60)
        said = running.elsewhere.trouble
        alone = now()
        running.until_passed(10, alone)
        world.worker("late")
        end = settled(world, running)
    assert "no worker takes the runs of this region; the agent runs what it can itself" == said
    account = world.account("eu-west", since, end)
    assert account["passed"] > 10
    assert account["missed"] == 0  # and what lay there too long is skipped, with its reason


def test_workers_that_are_killed_in_the_middle_of_runs_cost_no_row_and_double_none(region: Made) -> None:
    world = region()
    world.target.delays["/slow"] = 0.4
    world.declare(path="/slow")
    world.worker("steady").wait_for("worker.ready")
    with world.running() as running:
        since = alive(world, running)
        for number in range(3):
            victim = world.worker(f"victim-{number}")
            victim.wait_for("worker.ready")
            running.until_passed(5, now())
            victim.kill()
        end = settled(world, running)
        time.sleep(1)
    account = world.account("eu-west", since, end)
    assert account["passed"] > 10
    assert undisturbed(world, since)


@pytest.mark.parametrize("persistent", [True, False])
def test_a_broker_that_is_killed_and_comes_back_costs_no_row_and_doubles_none(region: Made, persistent: bool) -> None:
    world = region(persistent=persistent)
    world.target.delays["/slow"] = 0.2
    world.declare(path="/slow")
    world.worker("one").wait_for("worker.ready")
    world.worker("two").wait_for("worker.ready")
    with world.running() as running:
        since = alive(world, running)
        world.redis.kill()
        until(lambda: running.line.trouble, 30)
        running.until_passed(10, now())  # by the agent itself
        said = running.elsewhere.trouble or ""
        world.redis.start()
        alive(world, running)
        assert said.startswith("the broker is away: ")
        assert said.endswith("; the agent runs what it can itself")
        end = settled(world, running)
    account = world.account("eu-west", since, end)
    assert account["passed"] > 10
    assert undisturbed(world, since)


def test_an_order_goes_to_another_worker_when_the_one_that_had_it_dies(region: Made) -> None:
    """Once the broker gives it back, while its slot still lasts: so the slot is not even missed."""
    world = region()
    world.target.hanging.add("/hangs")
    world.declare(1, path="/hangs", interval="24h", timeout="30s")
    probe = world.probes["probe-0"]
    slot = next_slot(probe.name, "eu-west", probe.interval, now() - timedelta(seconds=probe.interval))
    key = RunKey("test", probe.name, "eu-west", slot)
    with world.running() as running:
        victim = world.worker("victim", visible=3.0)
        victim.wait_for("worker.ready")
        until(lambda: running.line.there, 30)
        found: list[object] = []
        waiting = threading.Thread(
            target=lambda: found.append(running.elsewhere(probe, key, probe.regions[0])), daemon=True
        )
        waiting.start()
        world.target.wait_for("/hangs")
        victim.kill()
        world.target.hanging.clear()
        world.target.let_go.set()
        world.worker("heir", visible=3.0)
        waiting.join(60)
    (kept,) = found
    assert isinstance(kept, Kept)
    row = world.store.run(key.id)
    assert row is not None
    assert Outcome.PASSED == row.outcome


def test_a_worker_that_was_stopped_for_a_while_ends_what_it_had_and_goes_on(region: Made) -> None:
    world = region()
    world.target.delays["/slow"] = 0.3
    world.declare(path="/slow")
    worker = world.worker("one")
    worker.wait_for("worker.ready")
    with world.running() as running:
        since = alive(world, running)
        worker.process.send_signal(signal.SIGSTOP)
        until(lambda: running.elsewhere.trouble, 60)
        running.until_passed(5, now())  # by the agent itself
        worker.process.send_signal(signal.SIGCONT)
        end = settled(world, running)
    account = world.account("eu-west", since, end)
    assert account["passed"] > 10
    assert account["failed"] == 0
    assert undisturbed(world, since)


def test_a_broker_that_hangs_costs_no_row_and_doubles_none(region: Made) -> None:
    world = region()
    world.target.delays["/slow"] = 0.2
    world.declare(path="/slow")
    world.worker("one").wait_for("worker.ready")
    with world.running() as running:
        since = alive(world, running)
        world.redis.freeze()
        until(lambda: running.line.trouble, 30)
        running.until_passed(10, now())  # by the agent itself
        world.redis.thaw()
        alive(world, running)
        end = settled(world, running)
    account = world.account("eu-west", since, end)
    assert account["passed"] > 10
    assert undisturbed(world, since)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(int(os.environ.get("WORKER_SEEDS", "1"))))
def test_whatever_dies_in_whatever_order_every_slot_comes_to_one_thing(region: Made, seed: int) -> None:
    chance = Random(seed)
    world = region(persistent=chance.random() < 0.5)
    world.target.delays["/slow"] = 0.3
    world.declare(path="/slow")
    for name in ("one", "two"):
        world.worker(name).wait_for("worker.ready")
    with world.running() as running:
        since = alive(world, running)
        for number in range(8):
            fault = chance.choice(["kill a worker", "kill the broker", "freeze the broker", "stop a worker"])
            victim = chance.choice(world.workers)
            lasting = chance.uniform(0.2, 6.0)
            if fault == "kill a worker":
                victim.kill()
                world.workers.remove(victim)
                world.worker(f"heir-{number}")
            elif fault == "stop a worker":
                victim.process.send_signal(signal.SIGSTOP)
                time.sleep(lasting)
                victim.process.send_signal(signal.SIGCONT)
            elif fault == "kill the broker":
                world.redis.kill()
                time.sleep(lasting)
                world.redis.start()
            else:
                world.redis.freeze()
                time.sleep(lasting)
                world.redis.thaw()
            time.sleep(chance.uniform(0.0, 3.0))
        end = settled(world, running)
    account = world.account("eu-west", since, end)
    assert account["passed"] > 10
    assert account["failed"] == 0
    assert undisturbed(world, since)


def undisturbed(world: Region, since: datetime) -> bool:
    """Whether the other region ran its slots; a machine with much to do may be late with one or the other."""
    rows = world.rows("us-east", since)
    passed = [row for row in rows if row.outcome is Outcome.PASSED]
    end = max(row.slot for row in rows)
    due = sum(count_slots(name, "us-east", 1.0, since, end) for name in world.probes)
    assert len({row.id for row in rows}) == len(rows)
    assert len(passed) > 0.8 * due, (len(passed), due)
    return True
