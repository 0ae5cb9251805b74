"""What a process of an agent or of a worker is handed of this room: one thing to start, to ask, and to stop."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from synthmon.broker.application import Broker
from synthmon.broker.elsewhere import Elsewhere, ElsewherePorts, Walk
from synthmon.broker.ledger import Ledger
from synthmon.broker.line import Line
from synthmon.broker.work import Work, WorkPorts
from synthmon.broker.worker import CeleryWorker, Teller
from synthmon.model.probe import Probe, ProbeRegion
from synthmon.model.run import Kept, RunKey, RunResult
from synthmon.model.secret import Secret
from synthmon.nouns import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Whose runs these are: the broker's address, environment and region, and a name that no other process has."""

    url: Secret
    environment: str
    region: str
    name: str


class Dispatcher:
    """An agent's half: called with a run to make, it has a worker make it, or makes it here with `walk`."""

    def __init__(self, place: Place, walk: Walk, now: Callable[[], datetime]) -> None:
        broker = Broker(place.url, place.environment, place.region)
        self._ledger = Ledger(now)
        self._line = Line(broker, self._ledger, place.name, now)
        ports = ElsewherePorts(walk, self._line.send, lambda: self._line.trouble, self._line.reply_to, now)
        self._elsewhere = Elsewhere(ports, self._ledger)

    def __call__(self, probe: Probe, key: RunKey, region: ProbeRegion) -> RunResult | Kept | None:
        return self._elsewhere(probe, key, region)

    @property
    def trouble(self) -> str | None:
        """Why runs are made here, in a sentence; None while workers make them."""
        return self._elsewhere.trouble

    @property
    def lives(self) -> bool:
        return self._line.lives

    def start(self) -> None:
        self._line.start()

    def leave(self) -> None:
        """Wait for no worker any more; what was ordered is made and kept by whoever takes it."""
        self._ledger.close()

    def stop(self) -> None:
        self._ledger.close()
        self._line.stop()


@dataclass(frozen=True, slots=True)
class Ways:
    """How a worker finds a probe, walks a run, and has a result made durable (raising `SynthmonError`)."""

    probe: Callable[[str], Probe | None]
    walk: Callable[[Probe, RunKey, ProbeRegion], RunResult]
    keep: Callable[[RunResult], None]
    now: Callable[[], datetime]


class Crew:
    """A worker's half: so many threads that work off orders. `visible`: seconds after which one that hangs goes on."""

    def __init__(self, place: Place, ways: Ways, concurrency: int, visible: float) -> None:
        broker = Broker(place.url, place.environment, place.region, visible, concurrency)
        ports = WorkPorts(
            environment=place.environment,
            region=place.region,
            worker=place.name,
            probe=ways.probe,
            walk=ways.walk,
            keep=ways.keep,
            tell=Teller(broker),
            now=ways.now,
        )
        self._work = Work(ports)
        self._worker = CeleryWorker(broker, self._work, place.name, concurrency)

    @property
    def running(self) -> int:
        return self._work.running

    @property
    def lives(self) -> bool:
        return self._worker.lives

    def start(self) -> None:
        self._worker.start()

    def stop(self, timeout: float) -> bool:
        """Take no more; whether all that was begun has ended within so many seconds."""
        return self._worker.stop(timeout)
