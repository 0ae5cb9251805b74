"""Gathers what a report needs from the store, has it counted, and writes the page where it is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from synthmon.app.beside import Ground, Surroundings, beside
from synthmon.app.gathering import Gathering, Question
from synthmon.heap.briefly import left_alone
from synthmon.judge.windows import Window
from synthmon.model.history import ProbeVersion
from synthmon.model.probe import OWN_TRACKS, Probe
from synthmon.nouns import dataclass
from synthmon.reports import sheet
from synthmon.reports.figures.material import Material
from synthmon.reports.figures.period import Period, day
from synthmon.reports.figures.report import Frame, Report, build
from synthmon.store.interface import Store


class Choice(Protocol):
    """Some of the probes; as text, which."""

    def holds(self, name: str, probe: Probe | None) -> bool: ...


@dataclass(frozen=True, slots=True)
class Chosen:
    """Some of the probes: those that have one of the names, one of the tags, or one of the owners."""

    names: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    owners: frozenset[str] = frozenset()

    def holds(self, name: str, probe: Probe | None) -> bool:
        """Whether it is one of them; of one that is not declared any more only the name is known."""
        if name in self.names:
            return True
        return probe is not None and (probe.owner in self.owners or bool(self.tags.intersection(probe.tags)))

    def __str__(self) -> str:
        named = (("probe", self.names), ("tag", self.tags), ("owner", self.owners))
        return ", ".join(f"{word} {name}" for word, names in named for name in sorted(names))


@dataclass(frozen=True, slots=True)
class ReportDesk:
    """Makes reports of one installation; `zone` is where its days are cut, `windows` the maintenance that recurs."""

    store: Store
    environment: str
    zone: tzinfo
    folder: Path
    windows: Callable[[], Sequence[Window]] = tuple
    kept_for: Callable[[], timedelta | None] = lambda: None  # how long runs are kept; None: for ever
    surroundings: Surroundings = field(default_factory=Surroundings)

    def daily(self, date_: date, as_of: datetime, probes: Mapping[str, Probe]) -> Report:
        """The figures of a day."""
        return self.of(day(date_, self.zone), as_of, probes)

    def of(self, period: Period, as_of: datetime, probes: Mapping[str, Probe], chosen: Choice | None = None) -> Report:
        """The figures of a period, and what stands beside them."""
        with left_alone():
            made = self.figures(period, as_of, probes, chosen)
            ground = Ground(self.store, self.windows(), self.surroundings, whole=chosen is None)
            return replace(made, beside=beside(made, probes, ground))

    def figures(
        self, period: Period, as_of: datetime, probes: Mapping[str, Probe], chosen: Choice | None = None
    ) -> Report:
        """The figures alone. A probe that is no longer declared is told of as it was.

        synthmon's own troubles are told of where all probes are: one of somebody's choice is about their probes.
        """
        versions = self._versions(period, probes, chosen)
        frame = Frame(self.environment, period, as_of, _fingerprint(versions), str(chosen) if chosen else None)
        every = self.store.incidents(start=period.start, end=period.end) if chosen is None else []
        own = [one for one in every if one.track in OWN_TRACKS]
        with left_alone():
            return build(frame, self._materials(period, versions, probes, as_of, raw=False), own)

    def sheet(self, period: Period, as_of: datetime, probes: Mapping[str, Probe], chosen: Choice | None = None) -> str:
        """The runs that `of` counts, as a table."""
        versions = self._versions(period, probes, chosen)
        return sheet.render(self._materials(period, versions, probes, as_of, raw=True), period, period.until(as_of))

    def _versions(self, period: Period, probes: Mapping[str, Probe], chosen: Choice | None) -> list[ProbeVersion]:
        found = self.store.versions(period.start, period.end)
        return [one for one in found if chosen is None or chosen.holds(one.probe, probes.get(one.probe))]

    def _materials(
        self, period: Period, versions: list[ProbeVersion], probes: Mapping[str, Probe], as_of: datetime, *, raw: bool
    ) -> Iterator[Material]:
        names = sorted({version.probe for version in versions})
        question = Question(names, probes, period, as_of, raw, objectives=not raw)
        return Gathering(self.store, question, self.windows(), self.kept_for()).materials()


def _fingerprint(versions: list[ProbeVersion]) -> str:
    """A short hash over which version of which probe was in force."""
    lines = sorted(f"{version.probe} {version.content_hash} {version.since.astimezone(UTC)}" for version in versions)
    return sha256("\n".join(lines).encode()).hexdigest()[:12]
