"""How APScheduler is told of slots: a trigger that fires on them and an executor that says which slot it was."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from apscheduler.executors.base import BaseExecutor
from apscheduler.triggers.base import BaseTrigger

from synthmon.errors import is_thread_refused
from synthmon.events import Events
from synthmon.model.run import from_millis, to_millis
from synthmon.model.timing import Cron, Timing
from synthmon.schedule import next_slot

_log = Events()

FEWEST_WORKERS, MOST_WORKERS = 16, 512
PUNCTUAL = 5.0  # seconds; the scheduler is later than this only if the process slept or the clock jumped


def workers_for(load: Sequence[tuple[float, float]]) -> int:
    """Worker threads for (timeout, interval) pairs in seconds: twice the runs expected at once, within bounds."""
    expected = sum(min(1.0, timeout / interval) for timeout, interval in load)
    return max(FEWEST_WORKERS, min(MOST_WORKERS, round(2 * expected)))


def due(function: Callable[..., None], *arguments: object) -> Callable[..., None]:
    """A job for `RunExecutor`: called with the instant for which it was due, after the arguments.

    APScheduler refuses a function whose arguments it cannot see being supplied; this one takes any.
    """
    return lambda *instant: function(*arguments, *instant)


class SlotTrigger(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """Fires on the slots of one probe in one region, first on the first one after now: no burst at start.

    If the clock leapt over many slots, it goes on from the last of them: going through each would take minutes after a
    leap of years, as a machine without a battery makes it.
    """

    def __init__(self, probe: str, region: str, timing: Timing) -> None:
        self.probe, self.region, self.timing = probe, region, timing
        self.interval = timing.shortest if isinstance(timing, Cron) else timing

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        interval = timedelta(seconds=self.interval)
        after = now if previous_fire_time is None else previous_fire_time
        if now - after > 2 * interval:
            after = now - interval
        return next_slot(self.probe, self.region, self.timing, from_millis(to_millis(after)))

    def is_over(self, slot: datetime, now: datetime) -> bool:
        """Whether the slot is to be left out, so that not everything that was slept through starts at one instant."""
        return (now - slot).total_seconds() > max(PUNCTUAL, self.interval / 10)


class RunExecutor(BaseExecutor):  # type: ignore[misc]  # APScheduler has no types
    """A pool of threads that hands each job the slot it is run for, which APScheduler's own executors do not tell."""

    def __init__(self, workers: int, now: Callable[[], datetime]) -> None:
        super().__init__()
        self.workers, self._now = workers, now
        self._door = threading.Lock()  # so that no job is handed to a pool that is being replaced
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="run")

    def grow(self, workers: int) -> None:
        """Have at least so many workers; what is running or queued in the old pool ends there."""
        if workers <= self.workers:
            return
        new = ThreadPoolExecutor(workers, thread_name_prefix="run")
        with self._door:
            old, self._pool, self.workers = self._pool, new, workers
        old.shutdown(wait=False)

    def _do_submit_job(self, job: Any, run_times: list[datetime]) -> None:
        slot = run_times[-1]
        if isinstance(job.trigger, SlotTrigger) and job.trigger.is_over(slot, self._now()):
            self._run_job_success(job.id, [])
            return
        try:
            with self._door:
                future: Future[None] = self._pool.submit(partial(job.func, slot))
        except RuntimeError as error:
            if not is_thread_refused(error):
                raise
            # The pool has the run in its queue: a worker that is free in time runs it, a later one skips it as overrun.
            _log.error("run.not_started", job=job.id, slot=slot.isoformat(), error="no thread can be started")
            self._run_job_success(job.id, [])
            return
        future.add_done_callback(lambda done: self._finished(job.id, done))

    def _finished(self, job_id: str, future: Future[None]) -> None:
        error = None if future.cancelled() else future.exception()
        if error is None:
            self._run_job_success(job_id, [])
        else:
            self._run_job_error(job_id, error, error.__traceback__)

    def shutdown(self, wait: bool = True) -> None:
        self._pool.shutdown(wait=wait, cancel_futures=True)
