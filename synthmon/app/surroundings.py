"""What a run needs that is not in its probe, joined once for a process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from synthmon import __version__
from synthmon.app import clock
from synthmon.engine.onetime import MemoryCodes
from synthmon.engine.ports import CleanupLedger, SecretSource, Surroundings
from synthmon.engine.stall import StallSampler
from synthmon.engine.tokens import MemoryTokens
from synthmon.engine.transport import Transport
from synthmon.engine.walk import walk
from synthmon.events import Events
from synthmon.model.probe import Probe, ProbeRegion
from synthmon.model.run import RunKey, RunResult

if TYPE_CHECKING:
    import httpx

    from synthmon.engine.command import Command

_log = Events()


class Walks:
    """Walks runs in this process: one transport, one token cache, one stall guard for all of them.

    `commands` is told of what each run sent. `ledger` remembers what runs leave behind; without it nobody does. `hurry`
    says that running journeys are to end (see `hasten`); cleanup still runs. `lasting`: see `Transport`.
    """

    def __init__(
        self,
        secrets: SecretSource,
        commands: Callable[[tuple[Command, ...]], None] | None = None,
        ledger: CleanupLedger | None = None,
        *,
        lasting: bool = False,
    ) -> None:
        self.hurry = threading.Event()
        self.stall = StallSampler()
        self.transport = Transport(stop=self.hurry, lasting=lasting)
        self._surroundings = Surroundings(
            clock=clock.clock_for(self.hurry),
            chance=clock.chance(),
            secrets=secrets,
            tokens=MemoryTokens(),
            codes=MemoryCodes(),
            stop=self.hurry,
            stall=self.stall,
            user_agent=f"synthmon/{__version__}",
            ledger=ledger,
            commands=commands,
        )

    def start(self) -> None:
        self.stall.start()

    def hasten(self) -> None:
        """Have running journeys end, and what they have on the wire broken off. Returns when that has ended."""
        self.hurry.set()
        if not self.transport.hang_up():
            _log.warning("run.not_hung_up", text="an exchange goes on, although synthmon is stopping")

    def stop(self) -> None:
        self.stall.stop()
        self.transport.close()

    def lag(self, window: float) -> float:
        """The worst lag of the interpreter in the last so many seconds."""
        return self.stall.worst_since(time.monotonic() - window)

    def __call__(self, probe: Probe, key: RunKey, region: ProbeRegion) -> RunResult:
        return self.walked(probe, key, region, self.transport)

    def walked(self, probe: Probe, key: RunKey, region: ProbeRegion, transport: httpx.BaseTransport) -> RunResult:
        """A run over a transport that may stand in front of this one's own."""
        try:
            return walk(probe, key, region, self._surroundings, transport)
        finally:
            self.transport.end_run()
