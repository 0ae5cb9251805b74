"""What passes between agents and the centre besides runs: who they are, how they are, what is durable."""

from __future__ import annotations

from datetime import datetime

from synthmon.model.run import RunKey, RunResult
from synthmon.nouns import dataclass


@dataclass(frozen=True, slots=True)
class AgentToken:
    """What the agents of one region show to the centre. Only its hash is kept: `hashed` is the SHA-256 of it, in hex.

    `id` is its public part, by which people speak of it. From `expires_at` on (after a rotation) or once it is revoked,
    it opens nothing.
    """

    id: str
    region: str
    hashed: str
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def holds(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True)
class Consigned:
    """One record of a spool on its way to be kept: a run, or the reason why what was sent is none that can be taken.

    `text` is the run's document as it is kept, where somebody has written it already to look at it. `exact`: nothing in
    the run is finer than its document.
    """

    seq: int
    run: RunResult | None = None
    refused: str | None = None
    text: bytes | None = None
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Consignment:
    """Records of one spool in the order of their sequence, as the agents of `region` sent them.

    `after` is the mark that the agent goes by: it has nothing left to send between that and the first record. Where the
    database knows a lower mark (an older backup was put in its place), nothing of this is taken, and the agent begins
    again from there.
    """

    spool: str
    region: str
    after: int
    records: tuple[Consigned, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one record was not taken; it will not be asked for again."""

    seq: int
    reason: str


@dataclass(frozen=True, slots=True)
class Delivered:
    """The answer to a consignment: everything of the spool up to `durable` is kept, or refused for good."""

    durable: int
    refused: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """How one agent is, as it says every few seconds. Durations are seconds, sizes bytes.

    `at` is when the centre heard it, by the centre's clock. `instance` tells the agents of a region apart, over their
    restarts. `spool_depth` counts results that are not delivered, `spool_oldest` is the slot of the oldest, `waiting`
    those that could not even be spooled; `dropped` and `refused` count what was lost for want of room and what the
    centre would not take. `due`, `started` and `finished` count runs since `started_at`. `offset` is by how much the
    agent's clock is ahead of the centre's, as far as half the `round_trip` lets it know. A `worker` has no schedule: it
    makes runs that an agent of its region gives it, and delivers them like one. `standstills` are the latest times in
    which it stood still, from the first instant to the second, by its own clock as slots are.
    """

    region: str
    instance: str
    at: datetime
    version: str
    config_hash: str
    started_at: datetime
    shard: str = "1/1"
    spool: str | None = None
    spool_depth: int = 0
    spool_oldest: datetime | None = None
    waiting: int = 0
    dropped: int = 0
    refused: int = 0
    due: int = 0
    started: int = 0
    finished: int = 0
    lateness_p99: float | None = None
    lag_p99: float | None = None
    memory: int | None = None
    descriptors: int | None = None
    offset: float | None = None
    round_trip: float | None = None
    probes: int = 0
    troubles: tuple[str, ...] = ()
    worker: bool = False
    standstills: tuple[tuple[datetime, datetime], ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """Confirmations to run now, and the number of the last one known, from which to ask on."""

    keys: tuple[RunKey, ...]
    last: int
