"""Removes what is older than the installation keeps it, a piece at a time, so that nothing else waits for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event

from synthmon.app.late import rolled_until
from synthmon.events import Events
from synthmon.settings import RetentionSettings
from synthmon.store.interface import Store

_log = Events()

PIECE = 200  # rows in one transaction
PAUSE = 0.02  # seconds between two of them, in which others write
LATE = timedelta(days=1)  # rolled up, a run stays so long: the quarters after it may have to be counted again
LEAP, DISTRUSTED_FOR = 3600.0, 86400.0  # seconds: a clock that leapt ahead so far may be set right within a day
AT_MOST = 5.0  # seconds in one turn: the other one of the two waits meanwhile, and so does the end of the process


class Retention:
    """`turn` removes for a few seconds at most; what is left then is the next turn's.

    While the clock may be wrong nothing is removed: what is gone does not come back when the clock does.
    """

    def __init__(self, store: Store, kept: Callable[[], RetentionSettings], now: Callable[[], datetime]) -> None:
        self._store, self._kept, self._now = store, kept, now
        self._offset = now().timestamp() - time.monotonic()
        self._trusted_from = 0.0  # by the monotonic clock

    def turn(self) -> bool:
        """Whether everything that is too old is gone."""
        kept, now, began = self._kept(), self._now(), time.monotonic()
        if self._is_doubtful(now, began):
            return True
        rolled = rolled_until(self._store.notes())  # of what is not rolled up nothing would be left
        runs_before = min(now - kept.runs, rolled - LATE) if rolled is not None else datetime.min.replace(tzinfo=UTC)
        done = True
        for what, forget, before in (
            ("bodies", self._store.forget_evidence, now - kept.bodies),
            ("runs", self._store.forget_runs, runs_before),
            ("rollups", self._store.forget_rollups, now - kept.rollups),
            ("beliefs", self._store.forget_health, now - kept.rollups),
            ("audit", self._store.accounts.forget_audit, now - kept.audit),
        ):
            removed = last = 0
            while (last := forget(before, PIECE)) and time.monotonic() - began < AT_MOST:
                removed += last
                Event().wait(PAUSE)
            removed += last
            if removed:
                _log.info("retention.removed", what=what, rows=removed, before=before.isoformat())
            done = done and not last
        return done

    def _is_doubtful(self, now: datetime, monotonic: float) -> bool:
        offset = now.timestamp() - monotonic
        moved, self._offset = offset - self._offset, offset
        if moved > LEAP:
            self._trusted_from = monotonic + DISTRUSTED_FOR
            _log.warning("retention.waits", why="the clock leapt ahead", seconds=round(moved))
        elif moved < -LEAP:
            self._trusted_from = 0.0  # set right again, or behind: too little is removed, at the worst
        return monotonic < self._trusted_from
