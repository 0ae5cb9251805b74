"""The half of a worker's process that makes runs: no schedule of its own, but orders that agents of its region give."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence

from synthmon.agent.keeper import Keeper, acknowledge
from synthmon.agent.tally import Tally
from synthmon.app.agent_side import CLEANUP_MAY_TAKE, KEEPING_MAY_TAKE, RUNS_MAY_TAKE, Keep
from synthmon.app.surroundings import Walks
from synthmon.app.workforce import crew_of
from synthmon.errors import StoreError
from synthmon.events import Events
from synthmon.ledger import LEDGER_FILE, FileLedger
from synthmon.model.probe import Probe, ProbeRegion
from synthmon.model.run import RunKey, RunResult
from synthmon.nouns import dataclass
from synthmon.secrets import Secrets
from synthmon.settings import Settings

_log = Events()

LEAST_VISIBLE = 60.0  # seconds
CLEANUP, MARGIN = 30.0, 30.0


@dataclass(frozen=True, slots=True)
class WorkSidePorts:
    """As those of an agent's side: `keep` makes durable, or raises `StoreError`; `kept` is called after it did."""

    keep: Keep
    kept: Callable[[], None]
    concurrency: int


class WorkSide:
    """Has the face of `AgentSide`, as what delivers and beats beside it is the same."""

    def __init__(self, settings: Settings, secrets: Secrets, ports: WorkSidePorts, probes: Mapping[str, Probe]) -> None:
        self._ports = ports
        self._probes = probes
        self.ledger = FileLedger(settings.data_dir / LEDGER_FILE)
        self.walks = Walks(secrets, ledger=self.ledger, lasting=True)
        self.tally = Tally()
        self._door = threading.Lock()  # the spool is written by many threads here
        self.keeper = Keeper(self._put, ports.kept)
        # An order is another worker's to take only after the longest journey must have ended.
        longest = max((probe.journey.timeout for probe in probes.values()), default=0.0)
        visible = max(LEAST_VISIBLE, longest + CLEANUP + MARGIN)
        self._crew = crew_of(settings, self._probe, self._walk, self._keep, ports.concurrency, visible)
        self._stopping = False

    def start(self, probes: Mapping[str, Probe]) -> None:
        self._probes = probes
        self.walks.start()
        self.keeper.start()
        self._crew.start()

    @property
    def running(self) -> int:
        """Runs under way now."""
        return self._crew.running

    def declare(self, probes: Mapping[str, Probe], _regions: frozenset[str]) -> None:
        self._probes = probes

    def realign(self) -> None:
        """There is no schedule here."""

    def confirm(self, _keys: Sequence[RunKey]) -> None:
        """An agent does, and may give the run to this worker."""

    def stop(self) -> int:
        """Take no order any more; what runs gets its time and is kept. How many results could not be kept."""
        self._stopping = True
        if not self._crew.stop(RUNS_MAY_TAKE):
            self.walks.hasten()
            self._crew.stop(CLEANUP_MAY_TAKE)
        lost = self.keeper.close(KEEPING_MAY_TAKE)
        self.walks.stop()
        self.ledger.close()
        return lost

    def _probe(self, name: str) -> Probe | None:
        return self._probes.get(name)

    def _walk(self, probe: Probe, key: RunKey, region: ProbeRegion) -> RunResult:
        self.tally.began(key.kind)
        return self.walks(probe, key, region)

    def _put(self, results: Sequence[RunResult]) -> int:
        with self._door:
            return self._ports.keep(results)

    def _keep(self, result: RunResult) -> None:
        """Make it durable before its order is acknowledged; where that fails, keep it in memory and try again."""
        self.tally.ended(result)
        try:
            self._put([result])
        except StoreError:
            self.keeper.take(result)
            raise
        acknowledge(result)
        self._ports.kept()

    def troubles(self) -> list[str]:
        """What is wrong here, in sentences."""
        said = []
        if self.keeper.last_error:
            said.append(f"results cannot be kept: {self.keeper.last_error} ({self.keeper.waiting} are waiting)")
        lives = {"worker": self._crew.lives, "keeper": self.keeper.lives}
        return said + [f"the {name} has stopped" for name, alive in lives.items() if not alive and not self._stopping]

    def remarks(self) -> list[str]:
        return []
