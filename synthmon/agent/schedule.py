"""How APScheduler is told of slots: one trigger that fires on the earliest, and an executor over our own workers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from apscheduler.executors.base import BaseExecutor
from apscheduler.triggers.base import BaseTrigger

from synthmon.agent.workers import Workers


class Earliest(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """Fires when something is due next, for all probes together; what is due then, whoever is called looks up.

    A job per probe costs APScheduler ten times as much: it searches and moves a list for each slot.
    """

    def __init__(self, coming: Callable[[], datetime | None]) -> None:
        self._coming = coming

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """APScheduler asks as well before what is due was looked up, and goes on asking until it lies ahead."""
        coming = self._coming()
        if coming is None or coming > now or previous_fire_time is None:
            return coming
        return now + timedelta(milliseconds=1)


class RunExecutor(BaseExecutor):  # type: ignore[misc]  # APScheduler has no types
    """Hands runs that nobody had planned (confirmations, manual ones) to the workers that walk the planned ones."""

    def __init__(self, workers: Workers) -> None:
        super().__init__()
        self._workers = workers

    def _do_submit_job(self, job: Any, _run_times: list[datetime]) -> None:
        self._workers.give([partial(self._call, job)])

    def _call(self, job: Any) -> None:
        try:
            job.func(*job.args)
        finally:
            self._run_job_success(job.id, [])

    def shutdown(self, wait: bool = True) -> None:
        self._workers.shutdown(wait)
