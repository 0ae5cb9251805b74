"""The agent: runs what is due, one run at a time of each probe and region, and comes to an orderly end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from apscheduler.executors.debug import DebugExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger

from synthmon.agent.schedule import Earliest, RunExecutor
from synthmon.agent.timetable import Due, Pair, Timetable
from synthmon.agent.workers import Workers
from synthmon.events import Events
from synthmon.judge.confirm import CONFIRM_AFTER, confirmation_due
from synthmon.model.probe import Probe, ProbeRegion
from synthmon.model.run import Kept, Outcome, Quality, RunKey, RunKind, RunResult
from synthmon.model.shard import Shard
from synthmon.model.timing import Cron, Timing
from synthmon.model.workers import workers_for
from synthmon.nouns import dataclass
from synthmon.schedule import is_in, next_slot

_log = Events()

_SLOTS = "slots"  # the one job for all of them
_GOING = "overrun: the run before it was still going or waiting"
_LATE = "overrun: it could not start before the next slot was due"
_STOOD_STILL = "overrun: synthmon stood still, and a later slot was due when it could start"

Walk = Callable[[Probe, RunKey, ProbeRegion], RunResult | Kept | None]
"""A result to hand on, one that is kept from elsewhere, or None where nobody knows yet what became of the run."""


@dataclass(frozen=True, slots=True)
class AgentPorts:
    """What an agent is handed: how to walk a run, where its result goes, and the time."""

    environment: str
    walk: Walk
    hand_on: Callable[[RunResult], None]
    now: Callable[[], datetime]


class Agent:
    """Runs every probe of its shard on its slots in the given regions. Thread-safe; `start` once, `stop` once.

    What it is asked for besides (confirmations, manual runs) it runs if the probe is one of its own; whoever asks can
    ask every agent of the region, and one of them does it.
    """

    def __init__(self, ports: AgentPorts, regions: frozenset[str], shard: Shard | None = None) -> None:
        self._ports, self._regions = ports, regions
        self._shard = shard or Shard()
        self._probes: Mapping[str, Probe] = {}
        self._timings: dict[Pair, Timing] = {}
        self._table = Timetable()
        self._busy: dict[Pair, threading.Lock] = {}
        self._taken: set[Pair] = set()  # those of whose slots one waits for a worker or is run
        self._last: dict[Pair, Outcome] = {}
        self._running = 0
        self._changed = threading.Condition()
        self._declaring = threading.Lock()
        self._stopping = False
        self._workers = Workers(workers_for(()))
        # What is due is looked up in the scheduler's own thread, all of it at once, and handed to the workers.
        self._scheduler = BackgroundScheduler(
            executors={"default": RunExecutor(self._workers), _SLOTS: DebugExecutor()},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone="UTC",
        )

    # Declaring

    def replace(self, probes: Mapping[str, Probe], regions: frozenset[str] | None = None) -> None:
        """Run exactly these probes from now on; one whose timing is unchanged keeps its slots and its running run.

        `regions`: those that run here from now on; None: as before.
        """
        with self._declaring:
            self._regions = self._regions if regions is None else regions
            self._replace(probes)

    def _replace(self, probes: Mapping[str, Probe]) -> None:
        wanted = {
            (probe.name, region.name): probe.timing
            for probe in probes.values()
            if is_in(probe.name, self._shard)
            for region in probe.regions
            if region.name in self._regions
        }
        load = [(probes[name].journey.timeout, probes[name].interval) for name, _ in wanted]
        self._workers.grow(workers_for(load))
        self._probes = probes
        for pair in self._timings.keys() - wanted.keys():
            self._remove(pair)
        now = self._ports.now()
        for pair, timing in wanted.items():
            if self._timings.get(pair) != timing:
                self._add(pair, timing, now)
        self._look_up()

    def _add(self, pair: Pair, timing: Timing, now: datetime) -> None:
        self._timings[pair] = timing
        self._busy.setdefault(pair, threading.Lock())
        self._table.put(pair, timing, now)

    def _remove(self, pair: Pair) -> None:
        del self._timings[pair]
        self._table.drop(pair)
        self._last.pop(pair, None)
        for job_id in (_job_id(pair, "confirm"), _job_id(pair, "asked")):
            with suppress(JobLookupError):
                self._scheduler.remove_job(job_id)

    def _look_up(self) -> None:
        """Have the scheduler look up anew when something is due next."""
        job = {"id": _SLOTS, "executor": _SLOTS, "replace_existing": True}
        self._scheduler.add_job(self._on_slots, Earliest(self._table.next), **job)

    def realign(self) -> None:
        """Compute every next slot anew from the wall clock: after it jumped, the old ones may be hours away."""
        with self._declaring:
            now = self._ports.now()
            for pair, timing in self._timings.items():
                self._add(pair, timing, now)
            self._look_up()

    # Living

    def start(self) -> None:
        self.realign()  # no slot of the time since the probes were declared is run late
        self._scheduler.start()

    @property
    def lives(self) -> bool:
        """Whether the scheduler still looks for slots that are due."""
        thread = self._scheduler._thread  # noqa: SLF001 - APScheduler does not say whether its loop goes on
        return thread is not None and thread.is_alive()

    @property
    def coming(self) -> Mapping[Pair, datetime]:
        """When each probe of each region is due next."""
        return self._table.coming()

    @property
    def running(self) -> int:
        """Runs under way now."""
        return self._running

    @property
    def workers(self) -> int:
        return self._workers.count

    def stop_starting(self) -> None:
        """Nothing new starts from here on; what is running goes on."""
        self._stopping = True
        if self._scheduler.running:
            self._scheduler.pause()

    def wait_idle(self, timeout: float) -> bool:
        """Whether every running run ended within `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self._running == 0, timeout)

    def close(self) -> None:
        if not self._scheduler.running:
            return
        self._scheduler.pause()
        # APScheduler 3.11 calls itself stopped before the turn it is in has ended, and that turn then fails to remove
        # a one-off job. Asking for the jobs waits for the turn; paused, it takes no other.
        self._scheduler.get_jobs()
        self._scheduler.shutdown(wait=False)

    # Running

    def run_now(self, probe: str, region: str) -> RunKey | None:
        """Start a manual run in a worker thread; None when there is no such probe or region here."""
        if self._stopping or (probe, region) not in self._timings:
            return None
        key = RunKey(self._ports.environment, probe, region, self._ports.now(), RunKind.MANUAL)
        self._scheduler.add_job(self._on_request, args=((probe, region), key), id=f"manual:{key.id}")
        return key

    def confirm(self, keys: Sequence[RunKey]) -> None:
        """Run these confirmations now, those of them that run here; one that is under way is as good."""
        for key in keys:
            pair = (key.probe, key.region)
            if not self._stopping and pair in self._timings:
                job_id = _job_id(pair, "asked")
                self._scheduler.add_job(self._on_confirm, args=(pair, key), id=job_id, replace_existing=True)

    def _on_request(self, pair: Pair, key: RunKey) -> None:
        with self._busy[pair]:
            self._walk(pair, key)

    def _on_slots(self) -> None:
        """All that is due goes to the workers, in one piece; where a run is still under way, its slot is skipped."""
        taken = self._table.take(self._ports.now())
        if taken.slept_through:
            _log.warning(
                "slots.slept_through", probes=taken.slept_through, why="synthmon stood still, or the clock leapt"
            )
        going = {due.pair for due in taken.due if due.pair in self._taken}  # looked at once: they end meanwhile
        fresh = [due for due in taken.due if due.pair not in going]
        self._taken.update(due.pair for due in fresh)
        self._workers.give([partial(self._on_slot, due) for due in fresh])
        for due in taken.due:
            if due.pair in going:
                self._skip(due.pair, (*due.before, due.slot), _GOING)

    def _on_slot(self, due: Due) -> None:
        try:
            self._run_slot(due)
            self._skip(due.pair, due.before, _STOOD_STILL)
        finally:
            self._taken.discard(due.pair)

    def _run_slot(self, due: Due) -> None:
        # A confirmation or a manual run may be going; a slot waits for it, but not beyond the next slot.
        until_next = (due.until - self._ports.now()).total_seconds()
        if until_next <= 0 or not self._busy[due.pair].acquire(timeout=until_next):
            self._skip(due.pair, (due.slot,), _LATE)
            return
        try:
            self._walk(due.pair, RunKey(self._ports.environment, *due.pair, due.slot))
        finally:
            self._busy[due.pair].release()

    def _on_confirm(self, pair: Pair, key: RunKey) -> None:
        if not self._busy[pair].acquire(blocking=False):
            return  # the run that is going on is as good a confirmation
        try:
            self._walk(pair, key)
        finally:
            self._busy[pair].release()

    def _walk(self, pair: Pair, key: RunKey) -> None:
        probe = self._probes.get(key.probe)
        region = probe.region(key.region) if probe else None
        if probe is None or region is None or not self._began():
            return
        try:
            late = max(0.0, (self._ports.now() - key.slot).total_seconds()) if key.kind is RunKind.SCHEDULED else 0.0
            found = self._ports.walk(probe, key, region)
            if isinstance(found, RunResult):
                found = replace(found, quality=replace(found.quality, late=late))
                self._ports.hand_on(found)
            if found is not None:
                self._confirm(pair, found.result if isinstance(found, Kept) else found)
        finally:
            self._ended()

    def _confirm(self, pair: Pair, result: RunResult) -> None:
        """A first failure is looked at again soon, so that one lost packet wakes nobody and an outage is soon sure."""
        with self._declaring:
            if pair not in self._timings:
                return  # taken away meanwhile: what it found is nothing to the probe that may come back
            key = confirmation_due(self._last.get(pair), result)
            if result.outcome.judged:
                self._last[pair] = result.outcome
        if key is not None and not self._stopping and not self._slot_is_as_soon(pair, result):
            soon = DateTrigger(self._ports.now() + timedelta(seconds=CONFIRM_AFTER))
            job_id = _job_id(pair, "confirm")
            self._scheduler.add_job(self._on_confirm, soon, args=(pair, key), id=job_id, replace_existing=True)

    def _slot_is_as_soon(self, pair: Pair, result: RunResult) -> bool:
        """Whether the next slot is due before a confirmation would have ended: then it confirms, and is not skipped."""
        if pair not in self._timings or result.key.kind is not RunKind.SCHEDULED:
            return False
        until_next = self._seconds_to(self._slot_after(pair, self._ports.now()))
        return until_next < CONFIRM_AFTER + result.duration

    def _skip(self, pair: Pair, slots: Sequence[datetime], reason: str) -> None:
        for slot in slots:
            if not self._stopping:
                self._skip_one(RunKey(self._ports.environment, *pair, slot), reason)

    def _skip_one(self, key: RunKey, reason: str) -> None:
        _log.warning("run.skipped", probe=key.probe, region=key.region, slot=key.slot.isoformat(), why=reason)
        probe = self._probes.get(key.probe)
        now = self._ports.now()
        self._ports.hand_on(
            RunResult(
                key=key,
                started_at=now,
                duration=0.0,
                outcome=Outcome.SKIPPED,
                reason=reason,
                quality=Quality(late=max(0.0, (now - key.slot).total_seconds())),
                probe_hash=probe.content_hash if probe else "",
            )
        )

    def _slot_after(self, pair: Pair, slot: datetime) -> datetime:
        timing = self._timings.get(pair, 0.0) or 60.0
        if isinstance(timing, Cron):  # a run that should have begun on Friday evening is none for Monday morning
            return slot + timedelta(seconds=timing.shortest)
        return next_slot(*pair, timing, slot)

    def _seconds_to(self, instant: datetime) -> float:
        return (instant - self._ports.now()).total_seconds()

    def _began(self) -> bool:
        with self._changed:
            if self._stopping:
                return False
            self._running += 1
            return True

    def _ended(self) -> None:
        with self._changed:
            self._running -= 1
            self._changed.notify_all()


def _job_id(pair: Pair, kind: str) -> str:
    return f"{kind}:{pair[0]}@{pair[1]}"
