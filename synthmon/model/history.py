"""Rows of the past without their steps: what lists, strips and figures are made from."""

from __future__ import annotations

from datetime import datetime

from synthmon.model.run import Outcome, RunKind
from synthmon.model.timing import Cron, Timing
from synthmon.nouns import dataclass


@dataclass(frozen=True, slots=True)
class RunRow:
    """The columns of a run without its steps: what lists and strips need."""

    id: str
    probe: str
    region: str
    slot: datetime
    kind: RunKind
    n: int
    outcome: Outcome
    started_at: datetime
    duration: float
    latency: float | None
    failed_step: str | None
    failure_kind: str | None
    message: str | None
    flaky: bool
    late: float
    cleanup_failed: bool
    suspect: bool

    @property
    def measured(self) -> float | None:
        """Its latency, where that can be believed: what measured had not stalled."""
        return None if self.suspect else self.latency


@dataclass(frozen=True, slots=True)
class MissedSlot:
    """A due slot without a run, and why: `not_running`, `late_result`, `no_result`, …."""

    probe: str
    region: str
    slot: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class ProbeVersion:
    """A probe as it was in force from `since` to `until` (None: still). Due slots are counted against it."""

    probe: str
    content_hash: str
    since: datetime
    until: datetime | None
    title: str
    interval: float
    timeout: float
    regions: tuple[str, ...]
    yaml: str
    removed: bool = False
    cron: Cron | None = None  # when it was due, in place of the interval

    @property
    def timing(self) -> Timing:
        return self.cron or self.interval
