"""Who starts runs when they are due: the agent's side of synthmon, plain APScheduler, and a bare thread.

Each is called in a process of its own, says on the line that it runs, does what it is told ("hold": keep the
interpreter for a while), and answers "end" with what became of the slots: when they were due and how late they began,
how many were skipped and said to be, how many were due, and the processor time of all of it.
"""

from __future__ import annotations

import gc
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from unittest.mock import patch

from apscheduler.events import EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED
from apscheduler.schedulers.background import BackgroundScheduler

from benchmarks._runs import numbered
from synthmon import schedule
from synthmon.agent.loop import Agent, AgentPorts
from synthmon.app.agent_side import AgentSide
from synthmon.app.logs import set_up
from synthmon.app.measuring import PASSWORD, journey
from synthmon.app.surroundings import Walks
from synthmon.heap.lasting import TEND_EVERY, Heap, share_one_arena
from synthmon.model.probe import Probe, ProbeRegion
from synthmon.model.run import Outcome, RunKey, RunKind, RunResult
from synthmon.probefile.assembly.installation import LOCAL
from synthmon.schedule import count_slots, next_slot
from synthmon.secrets import Secrets
from synthmon.settings import load_settings
from synthmon.store import migrate
from synthmon.store.opening import open_store

Seen = tuple[datetime, float, Outcome, str | None]
"""Of a run: its slot, how late it began, its outcome, and why it was skipped."""

STALL = 1.3  # seconds
FIRST_AFTER = 2.0  # seconds until an instant at which everything is due


def agent(line: Connection, url: str, probes: int, interval: float) -> None:
    """The agent's side as `synthmon up` has it: engine, keeper, store, log lines; all but the centre and its pages."""
    with quiet(), tempfile.TemporaryDirectory() as folder:
        settings, problems = load_settings({}, None, Path(folder))
        assert not problems
        declared = _declared(url, probes, interval)
        migrate.upgrade(Path(folder) / "synthmon.db")
        store, seen = open_store(Path(folder) / "synthmon.db"), dict[str, Seen]()

        def keep(results: Sequence[RunResult]) -> int:
            for one in results:  # not the results: what grows makes the collector slow
                if one.key.kind is RunKind.SCHEDULED:
                    seen[one.id] = (one.key.slot, one.quality.late, one.outcome, one.reason)
            return store.keep(results)

        side = AgentSide(settings, _secrets(), keep, lambda: None)
        heap = Heap()  # as whoever owns the process has it
        share_one_arena()
        heap.settle()
        side.start(declared)
        began = datetime.now(UTC)
        _obey(line, heap)
        until = datetime.now(UTC)
        time.sleep(1.0)
        side.stop()
        store.close()
    mine = [one for one in seen.values() if began < one[0] <= until]
    started = [(slot.timestamp(), late) for slot, late, outcome, _ in mine if outcome is Outcome.PASSED]
    others = [one for one in mine if one[2] is not Outcome.PASSED]
    assert all(outcome is Outcome.SKIPPED and reason for _, _, outcome, reason in others), others[:1]
    due = sum(count_slots(name, LOCAL, interval, began, until) for name in declared)
    line.send((started, len(others), due, time.process_time()))


def apscheduler(line: Connection, url: str, probes: int, interval: float) -> None:
    """A job for each probe, first at the same instants; the scheduler's defaults, and the same engine."""
    with quiet():
        walks, started, left_out = Walks(_secrets()), list[tuple[float, float]](), list[object]()
        declared, lock = _declared(url, probes, interval), threading.Lock()
        scheduler = BackgroundScheduler(timezone="UTC")
        scheduler.add_listener(left_out.append, EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)

        def work(probe: Probe, first: datetime) -> None:
            now = datetime.now(UTC)
            slot = first + (now - first) // timedelta(seconds=interval) * timedelta(seconds=interval)
            result = walks(probe, RunKey("measured", probe.name, LOCAL, slot), probe.regions[0])
            assert result.outcome is Outcome.PASSED
            with lock:
                started.append((slot.timestamp(), (now - slot).total_seconds()))

        began = datetime.now(UTC)
        for probe in declared.values():
            first = next_slot(probe.name, LOCAL, interval, began)
            scheduler.add_job(work, "interval", seconds=interval, start_date=first, args=(probe, first))
        gc.collect()
        gc.freeze()  # else its runs are late by the collector, as ours were
        walks.start()
        scheduler.start()
        began = datetime.now(UTC)
        _obey(line)
        until = datetime.now(UTC)
        time.sleep(1.0)
        scheduler.shutdown(wait=True)
        walks.stop()
    due = sum(count_slots(name, LOCAL, interval, began, until) for name in declared)
    inside = [one for one in started if began.timestamp() < one[0] <= until.timestamp()]
    line.send((inside, len(left_out), due, time.process_time()))


def bare(line: Connection, _url: str, probes: int, interval: float) -> None:
    """A thread that sleeps until the next of the same instants, and does nothing else."""
    started, ended, now = list[tuple[float, float]](), threading.Event(), datetime.now(UTC)
    instants = sorted(next_slot(f"p{number}", LOCAL, interval, now).timestamp() for number in range(probes))

    def wake() -> None:
        rounds = 0
        while True:
            for instant in instants:
                due = instant + rounds * interval
                if ended.wait(max(0.0, due - time.time())):
                    return
                started.append((due, time.time() - due))
            rounds += 1

    thread = threading.Thread(target=wake)
    thread.start()
    _obey(line)
    ended.set()
    thread.join()
    line.send((started, 0, len(started), time.process_time()))


def agent_at_once(line: Connection, _url: str, probes: int, _interval: float) -> None:
    """The agent's loop and workers; every probe without its phase, so that all are due at one instant."""
    like, seen = numbered(Random(1), 1), list[RunResult]()

    def walk(_probe: Probe, key: RunKey, _region: ProbeRegion) -> RunResult:
        return replace(like, key=key)

    with quiet(), patch.object(schedule, "_phase_millis", lambda *_: 0):
        alone = Agent(AgentPorts("measured", walk, seen.append, lambda: datetime.now(UTC)), frozenset({LOCAL}))
        alone.replace(_declared("http://127.0.0.1", probes, 15.0))
        alone.start()
        (instant,) = set(alone.coming.values())
        _wait_for(line, instant)
        used = time.process_time()
        _until_all(lambda: len(seen), probes)
        used = time.process_time() - used
        alone.stop_starting()
        alone.close()
    started = [(instant.timestamp(), one.quality.late) for one in seen if one.outcome is Outcome.PASSED]
    line.send((started, len(seen) - len(started), probes, used))


def apscheduler_at_once(line: Connection, _url: str, probes: int, _interval: float) -> None:
    """As many jobs for one instant, the scheduler's defaults."""
    seen, left_out = list[float](), list[object]()
    instant = datetime.now(UTC) + timedelta(seconds=FIRST_AFTER + probes / 5000)

    def work() -> None:
        seen.append((datetime.now(UTC) - instant).total_seconds())

    with quiet():
        scheduler = BackgroundScheduler(timezone="UTC")
        scheduler.add_listener(left_out.append, EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)
        for _ in range(probes):
            scheduler.add_job(work, "interval", hours=1, start_date=instant)
        scheduler.start()
        _wait_for(line, instant)
        used = time.process_time()
        _until_all(lambda: len(seen) + len(left_out), probes)
        used = time.process_time() - used
        scheduler.shutdown(wait=True)
    line.send(([(instant.timestamp(), one) for one in seen], len(left_out), probes, used))


def _wait_for(line: Connection, instant: datetime) -> None:
    time.sleep(max(0.0, (instant - datetime.now(UTC)).total_seconds() - 0.02))
    line.send("runs")


def _until_all(count: Callable[[], int], probes: int) -> None:
    ends = time.monotonic() + 20.0
    while count() < probes and time.monotonic() < ends:
        time.sleep(0.05)


def _obey(line: Connection, heap: Heap | None = None) -> None:
    line.send("runs")
    while True:
        if heap is not None and not line.poll(TEND_EVERY):
            heap.tend()
        elif line.recv() == "hold":
            hold(STALL)
        else:
            return


def hold(seconds: float) -> None:
    """One call into C that does not let go of the interpreter, for about so long."""
    exponent = 1 << 19
    began = time.perf_counter()
    pow(3, exponent)
    once = time.perf_counter() - began
    pow(3, int(exponent * (seconds / once) ** (1 / 1.585)))  # as Karatsuba's multiplication grows


def _declared(url: str, probes: int, interval: float) -> dict[str, Probe]:
    like = journey(url)
    names = (f"p{number}" for number in range(probes))
    return {name: replace(like, name=name, interval=interval) for name in names}


def _secrets() -> Secrets:
    return Secrets({"SYNTHMON_SECRET_PASSWORD": PASSWORD})


@contextmanager
def quiet() -> Iterator[None]:
    """Log lines are made, and nobody reads them."""
    with Path(os.devnull).open("w") as nowhere:
        set_up(nowhere, form="json")
        yield


BARE = "a bare thread"
AT_A_RATE = {BARE: bare, "synthmon": agent, "APScheduler alone, by default": apscheduler}
AT_AN_INSTANT = {"synthmon": agent_at_once, "APScheduler alone, by default": apscheduler_at_once}
