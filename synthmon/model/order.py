"""What an agent and the Celery workers of its region say to each other through a broker: orders, and notices of them.

Neither holds a secret, a request or anything that a target sent: whoever reads a broker learns names and outcomes.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from synthmon.model.run import Outcome, RunKey
from synthmon.nouns import dataclass


@dataclass(frozen=True, slots=True)
class Order:
    """Make this run, of the probe in this version, unless `until` has come; tell `reply_to` what becomes of it."""

    key: RunKey
    probe_hash: str
    until: datetime
    reply_to: str


class What(StrEnum):
    """TAKEN is sent before a run begins, DONE after its result is durable, DECLINED where nothing began."""

    TAKEN = "taken"
    DONE = "done"
    DECLINED = "declined"
    ECHO = "echo"


@dataclass(frozen=True, slots=True)
class Notice:
    """What became of an order, by a worker; or an ECHO, by which an agent hears itself through the broker.

    `run_id` is the id of the order's run; of an echo, its number. `why` is there where it was declined; `outcome`,
    `started_at` and `duration` where it was done.
    """

    what: What
    run_id: str
    worker: str = ""
    why: str | None = None
    outcome: Outcome | None = None
    started_at: datetime | None = None
    duration: float = 0.0
