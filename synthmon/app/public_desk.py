"""Reads what everybody may know, and reduces it to that before anything is handed on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo

from synthmon.judge.windows import Window, occurrences
from synthmon.model.incident import Incident
from synthmon.model.probe import OWN_TRACKS, Probe
from synthmon.model.quiet import Quiet
from synthmon.nouns import dataclass
from synthmon.reports.figures.health import Span, timeline
from synthmon.reports.figures.planned import counts, planned
from synthmon.settings.public import PublicSettings
from synthmon.store.interface import Store
from synthmon.web.public.counting import begins, component, first_day, updates
from synthmon.web.public.model import (
    PublicGroup,
    PublicIncident,
    PublicMaintenance,
    PublicStatus,
)

LOOKED_BACK, LOOKED_AHEAD = timedelta(days=14), timedelta(days=14)  # for incidents, for maintenance
INCIDENTS_READ, SHOWN = 100, 20


@dataclass(frozen=True, slots=True)
class PublicSources:
    """What is read, as it is now; `settings` is None while nothing is public."""

    store: Store
    settings: Callable[[], PublicSettings | None]
    probes: Callable[[], Mapping[str, Probe]]
    windows: Callable[[], Sequence[Window]]
    zone: tzinfo
    now: Callable[[], datetime]


class PublicDesk:
    """`read` is all that the public page is given."""

    def __init__(self, sources: PublicSources) -> None:
        self._from = sources

    def read(self) -> PublicStatus | None:
        """Everything as it is now; None while nothing is public."""
        settings = self._from.settings()
        if settings is None:
            return None
        now, known = self._from.now().astimezone(self._from.zone), self._from.probes()
        titles = _titles(settings)
        start = begins(first_day(now, self._from.zone), self._from.zone)
        quiets = self._quiets(start, now + LOOKED_AHEAD)
        spans = {name: self._spans(name, known.get(name), quiets, start, now) for name in titles}
        groups = tuple(
            PublicGroup(
                group.title,
                tuple(
                    component(one.title, [spans[name] for name in one.probes], now, self._from.zone)
                    for one in group.components
                ),
            )
            for group in settings.groups
        )
        maintenance = _maintenance(quiets, known, titles, now)
        return PublicStatus(settings.title, now, groups, self._incidents(titles, now), maintenance)

    def _quiets(self, start: datetime, end: datetime) -> list[Quiet]:
        """Maintenance, whether somebody asked for it or it recurs."""
        found = [*self._from.store.quiets(start, end), *occurrences(self._from.windows(), start, end)]
        return [quiet for quiet in found if counts(quiet)]

    def _spans(
        self, name: str, probe: Probe | None, quiets: Iterable[Quiet], start: datetime, now: datetime
    ) -> tuple[Span, ...]:
        if probe is None:
            return ()  # what it was like once says nothing of a component that nobody watches any more
        changes = self._from.store.health_changes(start, now, name)
        mine = planned(quiet for quiet in quiets if quiet.covers.covers(probe))
        return timeline([change for change in changes if change.region is None], start, now, mine)

    def _incidents(self, titles: Mapping[str, tuple[str, ...]], now: datetime) -> tuple[PublicIncident, ...]:
        found = self._from.store.incidents(start=now - LOOKED_BACK, end=now + timedelta(seconds=1))
        about = [one for one in found if one.probe in titles and one.track not in OWN_TRACKS][:INCIDENTS_READ]
        told = [one for incident in about if (one := self._told(incident, titles[incident.probe]))]
        told.sort(key=lambda one: (one.resolved_at is not None, -one.began_at.timestamp()))
        return tuple(told[:SHOWN])

    def _told(self, incident: Incident, titles: tuple[str, ...]) -> PublicIncident | None:
        said = updates(self._from.store.events(incident.id), self._from.zone)
        if not said:
            return None
        ended = incident.resolved_at.astimezone(self._from.zone) if incident.resolved_at else None
        return PublicIncident(titles, incident.began_at.astimezone(self._from.zone), ended, said)


def titles_of(settings: PublicSettings | None, probe: str) -> tuple[str, ...]:
    """What everybody calls that for which the probe stands; nothing where it stands for nothing."""
    return _titles(settings).get(probe, ()) if settings else ()


def _titles(settings: PublicSettings) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for one in (one for group in settings.groups for one in group.components):
        for name in one.probes:
            found[name] = tuple(dict.fromkeys((*found.get(name, ()), one.title)))
    return found


def _maintenance(
    quiets: Iterable[Quiet], known: Mapping[str, Probe], titles: Mapping[str, tuple[str, ...]], now: datetime
) -> tuple[PublicMaintenance, ...]:
    """What holds and what comes, of those components that it is about."""
    found = {
        PublicMaintenance(about, quiet.start.astimezone(now.tzinfo), quiet.ends_at.astimezone(now.tzinfo))
        for quiet in quiets
        if now < quiet.ends_at and (about := _about(quiet, known, titles))
    }
    return tuple(sorted(found, key=lambda one: (one.start, one.end, one.components))[:SHOWN])


def _about(quiet: Quiet, known: Mapping[str, Probe], titles: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    covered = (name for name in titles if name in known and quiet.covers.covers(known[name]))
    return tuple(dict.fromkeys(title for name in covered for title in titles[name]))
