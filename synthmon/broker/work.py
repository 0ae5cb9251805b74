"""What a worker does with an order: check it, say that it is taken, walk the run, have its result kept, say so."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from synthmon.errors import MalformedDocument, SynthmonError
from synthmon.events import Events
from synthmon.model.order import Notice, Order, What
from synthmon.model.probe import Probe, ProbeRegion
from synthmon.model.run import Json, RunKey, RunKind, RunResult
from synthmon.nouns import dataclass
from synthmon.schedule import next_slot
from synthmon.wire import order_from_json

_log = Events()

_TICK = timedelta(milliseconds=1)
LATE = timedelta(seconds=1)  # after it expired, within which an order that was taken in time may still begin
AHEAD = timedelta(seconds=60)  # how far the clock of an agent may be ahead
LONGEST_WAIT = timedelta(days=1)  # between a confirmation or manual run being asked for and being made


class Unsaid(Exception):
    """The broker did not take the notice that an order is taken; the order must go back."""


@dataclass(frozen=True, slots=True)
class WorkPorts:
    """`keep` returns once the result is durable; `tell` sends a notice to a queue and raises what its library raises.

    `probe` is the probe of that name in force here, or None.
    """

    environment: str
    region: str
    worker: str
    probe: Callable[[str], Probe | None]
    walk: Callable[[Probe, RunKey, ProbeRegion], RunResult]
    keep: Callable[[RunResult], None]
    tell: Callable[[str, Notice], None]
    now: Callable[[], datetime]


class Work:
    """Called with orders, from any thread. Nothing that an order holds makes it raise, but `Unsaid`."""

    def __init__(self, ports: WorkPorts) -> None:
        self._ports = ports
        self._under_way: set[str] = set()
        self._lock = threading.Lock()

    @property
    def running(self) -> int:
        return len(self._under_way)

    def __call__(self, document: Json) -> None:
        try:
            order = order_from_json(document)
        except MalformedDocument as error:
            _log.error("order.refused", why=str(error))
            return
        if self._ports.now() > order.until:
            return  # the agent that gave it knows, and says that it was skipped
        if not self._begin(order):
            return  # delivered a second time while it is being made
        try:
            self._make(order)
        finally:
            with self._lock:
                self._under_way.discard(order.key.id)

    def _begin(self, order: Order) -> bool:
        with self._lock:
            begun = order.key.id in self._under_way
            self._under_way.add(order.key.id)
            return not begun

    def _make(self, order: Order) -> None:
        ports, key = self._ports, order.key
        probe = ports.probe(key.probe)
        region = probe.region(key.region) if probe is not None else None
        why = self._refusal(order, probe)
        if probe is None or region is None or why is not None:
            self._decline(order, why or f"{key.probe} does not run in {key.region}")
            return
        self._tell(order, What.TAKEN)
        if ports.now() > order.until + LATE:
            self._decline(order, "the broker was too slow to take notice of it")
            return
        began = ports.now()
        result = ports.walk(probe, key, region)
        if key.kind is RunKind.SCHEDULED:
            late = max(0.0, (began - key.slot).total_seconds())
            result = replace(result, quality=replace(result.quality, late=late))
        self._keep(order, result)

    def _refusal(self, order: Order, probe: Probe | None) -> str | None:
        """Why it is not made here; a broker is trusted with no more than to repeat what an agent could have ordered."""
        ports, key = self._ports, order.key
        if (key.environment, key.region) != (ports.environment, ports.region):
            return f"this worker makes runs of {ports.environment} in {ports.region}"
        if probe is None:
            return f"this worker knows no probe {key.probe}"
        if probe.content_hash != order.probe_hash:
            return f"this worker has another version of {key.probe}"
        if key.slot > ports.now() + AHEAD:
            return "its slot is far ahead"
        if key.kind is RunKind.SCHEDULED:
            if next_slot(key.probe, key.region, probe.timing, key.slot - _TICK) != key.slot:
                return f"{key.probe} has no slot then"
            return "it expires too late" if order.until > key.slot + timedelta(seconds=probe.interval) else None
        return "it expires too late" if order.until > key.slot + LONGEST_WAIT else None

    def _decline(self, order: Order, why: str) -> None:
        _log.warning("order.declined", run=order.key.id, probe=order.key.probe, why=why)
        self._tell(order, What.DECLINED, why=why)

    def _tell(self, order: Order, what: What, why: str | None = None) -> None:
        try:
            self._ports.tell(order.reply_to, Notice(what, order.key.id, self._ports.worker, why))
        except Exception as error:
            raise Unsaid(f"the broker does not take notice: {type(error).__name__}") from error

    def _keep(self, order: Order, result: RunResult) -> None:
        try:
            self._ports.keep(result)
        except SynthmonError as error:
            _log.error("run.not_kept", run=result.id, probe=result.key.probe, error=str(error))
            return
        notice = Notice(
            What.DONE, result.id, self._ports.worker, None, result.outcome, result.started_at, result.duration
        )
        try:
            self._ports.tell(order.reply_to, notice)
        except Exception as error:  # noqa: BLE001 - it is kept, which is all that matters; the agent waits in vain
            _log.warning("broker.untold", run=result.id, why=type(error).__name__)
