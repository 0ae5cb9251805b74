"""An agent's way of having runs made by the workers of its region, and of making them itself where there are none."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from synthmon.broker.ledger import Fate, Ledger, Ticket
from synthmon.events import Events
from synthmon.model.order import Order
from synthmon.model.probe import Probe, ProbeRegion
from synthmon.model.run import Kept, Outcome, Quality, RunKey, RunKind, RunResult
from synthmon.nouns import dataclass

_log = Events()

Walk = Callable[[Probe, RunKey, ProbeRegion], RunResult]

CLEANUP = 30.0  # seconds that the cleanup of a journey may take besides its timeout
MARGIN = 10.0  # seconds for a result to be made durable and its notice to come
AT_ONCE = timedelta(seconds=5)  # within which a worker has to take what somebody waits for
MOST_OWN_RUNS = 128  # that the agent makes itself at a time
SETTLED_WITHIN = timedelta(seconds=4)  # after an order expired, until it is certain that it was not taken
_NOTHING_YET = ""  # said of the workers: an agent that finds them there at once says so as well
NOT_TAKEN = "overrun: no worker took it in time"
NO_ROOM = "overrun: there is no worker, and this agent had no room before the next slot was due"


@dataclass(frozen=True, slots=True)
class ElsewherePorts:
    """How to walk a run here, how to give an order, whether the broker is there (None) or why not, and the time."""

    walk: Walk
    send: Callable[[Ticket], None]
    trouble: Callable[[], str | None]
    reply_to: str
    now: Callable[[], datetime]


class Elsewhere:
    """Called with a run to make, from as many threads as runs are under way; each waits for what becomes of it.

    Gives a result to hand on, a `Kept` one that its worker keeps, or None where nobody can say yet what became of it:
    either its result comes after all, or its slot will be noted as missed.
    """

    def __init__(self, ports: ElsewherePorts, ledger: Ledger) -> None:
        self._ports, self._ledger = ports, ledger
        self._room = threading.Semaphore(MOST_OWN_RUNS)
        self._scouting = threading.Lock()  # held by the one order that looks whether a worker is back
        self._said: str | None = _NOTHING_YET
        self._saying = threading.Lock()

    @property
    def trouble(self) -> str | None:
        """Why runs are made here, in a sentence; None while workers make them."""
        why = self._ports.trouble()
        if why is None and self._ledger.nobody_since is not None:
            why = "no worker takes the runs of this region"
        return why and f"{why}; the agent runs what it can itself"

    def __call__(self, probe: Probe, key: RunKey, region: ProbeRegion) -> RunResult | Kept | None:
        self._say(self.trouble)
        if self._ports.trouble() is not None:
            return self._here(probe, key, region, NO_ROOM)
        if self._ledger.nobody_since is None:
            return self._there(probe, key, region, patient=key.kind is RunKind.SCHEDULED)
        if not self._scouting.acquire(blocking=False):
            return self._here(probe, key, region, NO_ROOM)
        try:
            return self._there(probe, key, region, patient=False)
        finally:
            self._scouting.release()

    def _there(self, probe: Probe, key: RunKey, region: ProbeRegion, *, patient: bool) -> RunResult | Kept | None:
        """By a worker; `patient`: it may be taken until the next slot is due, and is made by nobody afterwards."""
        end = _end(probe, key)
        until = _until(probe, key) if patient else min(end, self._ports.now() + AT_ONCE)
        cleanup = CLEANUP if probe.journey.cleanup else 0.0
        allowance = timedelta(seconds=probe.journey.timeout + cleanup + MARGIN)
        ticket = self._ledger.place(Order(key, probe.content_hash, until, self._ports.reply_to), allowance)
        self._ports.send(ticket)
        ticket.settled.wait()
        no_room: str | None = NO_ROOM
        match ticket.fate:
            case Fate.DONE:
                return Kept(_outline(key, ticket, probe.content_hash))
            case Fate.LOST | Fate.LEFT:
                _log.warning("run.unknown", run=key.id, probe=key.probe, region=key.region, why=ticket.fate.value)
                return None
            case Fate.NOT_TAKEN if patient:
                return self._skipped(probe, key, NOT_TAKEN)
            case Fate.DECLINED if ticket.notice is not None:
                _log.warning("run.declined", run=key.id, probe=key.probe, why=ticket.notice.why)
            case Fate.DOUBTFUL:
                no_room = None  # a worker may have it after all: to call it skipped might hide its result
        return self._here(probe, key, region, no_room)

    def _here(self, probe: Probe, key: RunKey, region: ProbeRegion, no_room: str | None) -> RunResult | None:
        """By this agent, if it has room before the next slot is due; else it is skipped for that reason."""
        left = (_end(probe, key) - self._ports.now()).total_seconds()
        if left <= 0 or not self._room.acquire(timeout=left):
            return self._skipped(probe, key, no_room) if no_room else None
        try:
            return self._ports.walk(probe, key, region)
        finally:
            self._room.release()

    def _skipped(self, probe: Probe, key: RunKey, reason: str) -> RunResult:
        _log.warning("run.skipped", probe=key.probe, region=key.region, slot=key.slot.isoformat(), why=reason)
        return RunResult(
            key=key,
            started_at=self._ports.now(),
            duration=0.0,
            outcome=Outcome.SKIPPED,
            reason=reason,
            probe_hash=probe.content_hash,
        )

    def _say(self, trouble: str | None) -> None:
        with self._saying:
            before, self._said = self._said, trouble
        if trouble is not None and before in (None, _NOTHING_YET):
            _log.error("workers.away", why=trouble)
        elif trouble is None and before is not None:
            _log.info("workers.there")


def _end(probe: Probe, key: RunKey) -> datetime:
    """When nobody may begin with it any more."""
    if key.kind is not RunKind.SCHEDULED:
        return key.slot + timedelta(days=1)
    return key.slot + timedelta(seconds=probe.interval)


def _until(probe: Probe, key: RunKey) -> datetime:
    """When no worker may take the order of a slot any more: in time to settle it before the next slot is due."""
    return max(key.slot + timedelta(seconds=probe.interval / 2), _end(probe, key) - SETTLED_WITHIN)


def _outline(key: RunKey, ticket: Ticket, probe_hash: str) -> RunResult:
    """As much of the result as its worker told: enough to see whether it has to be confirmed."""
    notice = ticket.notice
    if notice is None or notice.outcome is None or notice.started_at is None:
        raise ValueError(f"what is said to be done has an outcome: {notice!r}")
    quality = Quality(late=max(0.0, (notice.started_at - key.slot).total_seconds()))
    return RunResult(key, notice.started_at, notice.duration, notice.outcome, quality=quality, probe_hash=probe_hash)
