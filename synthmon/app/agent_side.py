"""The half of a process that runs probes: what is due is walked, and each result goes to whoever keeps it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from synthmon.agent.keeper import Keeper
from synthmon.agent.loop import Agent, AgentPorts
from synthmon.agent.tally import Tally
from synthmon.app import clock
from synthmon.app.surroundings import Walks
from synthmon.app.workforce import dispatchers_of
from synthmon.ledger import LEDGER_FILE, FileLedger
from synthmon.model.probe import Probe, ProbeRegion
from synthmon.model.run import Kept, RunKey, RunResult
from synthmon.secrets import Secrets
from synthmon.settings import Settings

RUNS_MAY_TAKE = 20.0  # seconds that running journeys get when the process stops
CLEANUP_MAY_TAKE = 32.0  # their cleanup has 30 s, and they have to notice
KEEPING_MAY_TAKE = 10.0

Keep = Callable[[Sequence[RunResult]], int]


class AgentSide:
    """Runs what is declared for the regions that run here; a process of the centre's has none, and this side rests.

    `keep` makes results durable, or raises `StoreError`; `kept` is called after it did.
    """

    def __init__(self, settings: Settings, secrets: Secrets, keep: Keep, kept: Callable[[], None]) -> None:
        self.ledger = FileLedger(settings.data_dir / LEDGER_FILE)
        self.walks = Walks(secrets, ledger=self.ledger, lasting=True)
        self.tally = Tally()
        self.keeper = Keeper(keep, kept)
        self._dispatchers = dispatchers_of(settings, self._walk)
        ports = AgentPorts(settings.environment, self._make, self._hand_on, clock.now)
        self.agent = Agent(ports, settings.regions_run_here, settings.shard)
        self._stopping = False

    def start(self, probes: Mapping[str, Probe]) -> None:
        self.walks.start()
        self.keeper.start()
        for dispatcher in self._dispatchers.values():
            dispatcher.start()
        self.agent.replace(probes)
        self.agent.start()

    @property
    def running(self) -> int:
        """Runs under way now."""
        return self.agent.running

    def declare(self, probes: Mapping[str, Probe], regions: frozenset[str]) -> None:
        """Run these from now on."""
        self.agent.replace(probes, regions)

    def realign(self) -> None:
        self.agent.realign()

    def confirm(self, keys: Sequence[RunKey]) -> None:
        self.agent.confirm(keys)

    def stop(self) -> int:
        """Nothing new starts; what runs gets its time and is kept. How many results could not be kept."""
        self._stopping = True
        self.agent.stop_starting()
        for dispatcher in self._dispatchers.values():
            dispatcher.leave()
        if not self.agent.wait_idle(RUNS_MAY_TAKE):
            self.walks.hasten()
            self.agent.wait_idle(CLEANUP_MAY_TAKE)
        self.agent.close()
        for dispatcher in self._dispatchers.values():
            dispatcher.stop()
        lost = self.keeper.close(KEEPING_MAY_TAKE)
        self.walks.stop()
        self.ledger.close()
        return lost

    def _make(self, probe: Probe, key: RunKey, region: ProbeRegion) -> RunResult | Kept | None:
        """By a worker, where a broker is named; else here."""
        dispatcher = self._dispatchers.get(region.name)
        if dispatcher is None:
            return self._walk(probe, key, region)
        found = dispatcher(probe, key, region)
        if isinstance(found, Kept):
            self.tally.began(key.kind)
            self.tally.ended(found.result)
        return found

    def _walk(self, probe: Probe, key: RunKey, region: ProbeRegion) -> RunResult:
        self.tally.began(key.kind)
        return self.walks(probe, key, region)

    def _hand_on(self, result: RunResult) -> None:
        self.tally.ended(result)
        self.keeper.take(result)

    def troubles(self) -> list[str]:
        """What is wrong here, in sentences."""
        said = []
        if self.keeper.last_error:
            said.append(f"results cannot be kept: {self.keeper.last_error} ({self.keeper.waiting} are waiting)")
        lives = {"scheduler": self.agent.lives, "keeper": self.keeper.lives}
        lives |= {f"line to the broker of {name}": one.lives for name, one in self._dispatchers.items()}
        return said + [f"the {name} has stopped" for name, alive in lives.items() if not alive and not self._stopping]

    def remarks(self) -> list[str]:
        """What is worth knowing and makes nothing unwell: to start again would mend none of it."""
        said = [f"{name}: {one.trouble}" for name, one in self._dispatchers.items() if one.trouble is not None]
        return said if self.tally.strain is None else [*said, self.tally.strain]
