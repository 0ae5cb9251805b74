"""Gathers what a report needs from the store, has it counted, and writes the page where it is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from synthmon.judge.windows import Window, occurrences
from synthmon.model.history import ProbeVersion
from synthmon.model.incident import Delivery, DeliveryStatus, Incident, Occasion
from synthmon.model.probe import OWN_TRACKS, Probe
from synthmon.model.quiet import Quiet
from synthmon.reports import sheet
from synthmon.reports.figures.counting import staleness
from synthmon.reports.figures.past import days_from, days_of
from synthmon.reports.figures.period import Period, day
from synthmon.reports.figures.report import Frame, Material, Report, build
from synthmon.reports.figures.rolling import raw_from
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

    def daily(self, date_: date, as_of: datetime, probes: Mapping[str, Probe]) -> Report:
        """The figures of a day."""
        return self.of(day(date_, self.zone), as_of, probes)

    def of(self, period: Period, as_of: datetime, probes: Mapping[str, Probe], chosen: Choice | None = None) -> Report:
        """The figures of a period. A probe that is no longer declared is told of as it was.

        synthmon's own troubles are told of where all probes are: one of somebody's choice is about their probes.
        """
        versions = self._versions(period, probes, chosen)
        frame = Frame(self.environment, period, as_of, _fingerprint(versions), str(chosen) if chosen else None)
        every = self.store.incidents(start=period.start, end=period.end) if chosen is None else []
        own = [one for one in every if one.track in OWN_TRACKS]
        return build(frame, self._materials(period, versions, probes, as_of), own)

    def sheet(self, period: Period, as_of: datetime, probes: Mapping[str, Probe], chosen: Choice | None = None) -> str:
        """The runs that `of` counts, as a table."""
        versions = self._versions(period, probes, chosen)
        return sheet.render(self._materials(period, versions, probes, as_of), period, period.until(as_of))

    def _versions(self, period: Period, probes: Mapping[str, Probe], chosen: Choice | None) -> list[ProbeVersion]:
        found = self.store.versions(period.start, period.end)
        return [one for one in found if chosen is None or chosen.holds(one.probe, probes.get(one.probe))]

    def _materials(
        self, period: Period, versions: list[ProbeVersion], probes: Mapping[str, Probe], as_of: datetime
    ) -> list[Material]:
        names = sorted({version.probe for version in versions})
        began: dict[str, datetime] = {}
        for version in self.store.versions(days_of(period)[0][0], period.end):
            began[version.probe] = min(version.since, began.get(version.probe, version.since))
        found = (self._material(name, period, versions, probes.get(name), as_of) for name in names)
        return [replace(one, since=began.get(one.name)) for one in found]

    def _material(
        self, name: str, period: Period, versions: list[ProbeVersion], probe: Probe | None, as_of: datetime
    ) -> Material:
        known = sorted((version for version in versions if version.probe == name), key=lambda version: version.since)
        latest = known[-1]
        objectives = probe.objectives if probe else ()
        window = max([objective.window for objective in objectives], default=0.0)
        since = min(period.end - timedelta(seconds=window), period.start)
        # One staleness limit further back: the last run before may own the first seconds.
        earlier = since - timedelta(seconds=max(staleness(version.interval, version.timeout) for version in known))
        first = self._raw_from(known, as_of, earlier)
        about = self.store.incidents(probe=name, start=period.start, end=period.end)
        return Material(
            name=name,
            title=latest.title,
            regions=tuple(dict.fromkeys(region for version in reversed(known) for region in version.regions)),
            interval=latest.interval,
            timeout=latest.timeout,
            owner=probe.owner if probe else None,
            tags=probe.tags if probe else (),
            objectives=objectives,
            rows=self.store.run_rows(probe=name, start=earlier, end=period.end),
            results=self.store.runs(period.start, period.end, name),
            missed=self.store.missed(earlier, period.end, name),
            versions=[version for version in self.store.versions(since, period.end) if version.probe == name],
            changes=self.store.health_changes(period.start, period.end, name),
            incidents=[one for one in about if one.track not in OWN_TRACKS],  # a channel can be called like a probe
            quiets=quiets_about(name, probe, self.store, self.windows(), earlier, period.end),
            rollups=self.store.rollups(since, min(first, period.end), name) if first is not None else (),
            raw_from=first,
            days=days_from(self.store.rollups(days_of(period)[0][0], period.end, name), period),
            accepted=self._accepted(about),
        )

    def _accepted(self, incidents: Iterable[Incident]) -> dict[str, datetime]:
        """By incident, when a receiver first accepted what was owed about it."""
        found = {}
        for one in incidents:
            sent = [each.sent_at for each in self.store.deliveries(one.id) if each.sent_at is not None and _told(each)]
            if sent:
                found[one.id] = min(sent)
        return found

    def _raw_from(self, versions: Sequence[ProbeVersion], as_of: datetime, earlier: datetime) -> datetime | None:
        """From when on all runs are there, if that is after the first of those that would be counted."""
        kept = self.kept_for()
        if kept is None:
            return None
        first = raw_from(as_of, kept, versions)
        return first if first > earlier else None


def _told(delivery: Delivery) -> bool:
    return delivery.status is DeliveryStatus.SENT and delivery.notification.occasion is Occasion.TRIGGER


def quiets_about(
    name: str, probe: Probe | None, store: Store, windows: Sequence[Window], start: datetime, end: datetime
) -> list[Quiet]:
    """What somebody asked for about the probe and what recurs, by its beginning."""
    quiets = [*store.quiets(start, end), *occurrences(windows, start, end)]
    return sorted((one for one in quiets if _is_about(one, name, probe)), key=lambda quiet: (quiet.start, quiet.id))


def _is_about(quiet: Quiet, name: str, probe: Probe | None) -> bool:
    """Tags and owner of a probe that is no longer declared are not known: then only its name can be meant."""
    return quiet.covers.covers(probe) if probe else quiet.covers.covers_name(name)


def _fingerprint(versions: list[ProbeVersion]) -> str:
    """A short hash over which version of which probe was in force."""
    lines = sorted(f"{version.probe} {version.content_hash} {version.since.astimezone(UTC)}" for version in versions)
    return sha256("\n".join(lines).encode()).hexdigest()[:12]
