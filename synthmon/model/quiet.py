"""Times at which people are not told although something is wrong: maintenance, and silences."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from fnmatch import fnmatchcase
from uuid import UUID, uuid5

from synthmon.model.probe import Probe, Severity
from synthmon.model.run import to_millis
from synthmon.nouns import dataclass

_NAMESPACE = UUID("0c5a0a4e-6a3e-5b52-8f0e-3c3f4b1d7a11")  # fixed for ever: ids hang on it


@dataclass(frozen=True, slots=True)
class Selection:
    """Which alerts are meant: all that is named must fit; what is None fits anything. `probe` may hold `*` and `?`."""

    probe: str | None = None
    tag: str | None = None
    owner: str | None = None
    severity: Severity | None = None

    def covers(self, probe: Probe, severity: Severity | None = None) -> bool:
        """Whether the probe is meant; without a severity, whether any alert of it is."""
        return (
            (self.probe is None or fnmatchcase(probe.name, self.probe))
            and (self.tag is None or self.tag in probe.tags)
            and (self.owner is None or self.owner == probe.owner)
            and (self.severity is None or severity is None or self.severity is severity)
        )

    def covers_name(self, name: str) -> bool:
        """Whether a probe is meant of which only the name is known."""
        return self.tag is None and self.owner is None and (self.probe is None or fnmatchcase(name, self.probe))

    def __str__(self) -> str:
        named = (("probe", self.probe), ("tag", self.tag), ("owner", self.owner), ("severity", self.severity))
        return ", ".join(f"{name} {value}" for name, value in named if value is not None) or "everything"


class QuietKind(StrEnum):
    """MAINTENANCE is planned: its runs own no availability. A SILENCE only keeps messages back."""

    MAINTENANCE = "maintenance"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Quiet:
    """Who asked for it, why, what it covers, from `start` until before `end`. `lifted_at`: it was ended early."""

    kind: QuietKind
    covers: Selection
    start: datetime
    end: datetime
    reason: str
    author: str
    lifted_at: datetime | None = None
    lifted_by: str | None = None

    @property
    def id(self) -> str:
        parts = (self.kind, str(self.covers), str(to_millis(self.start)), self.author, self.reason)
        return str(uuid5(_NAMESPACE, "\x1f".join(parts)))

    @property
    def ends_at(self) -> datetime:
        return min(self.end, self.lifted_at) if self.lifted_at else self.end

    def holds(self, at: datetime) -> bool:
        return self.start <= at < self.ends_at
