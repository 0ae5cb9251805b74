"""What must hold of regions and of slots that do not come: silent, blind, stuck, suspect; and of who is told.

Agents' signs of life and the slots that came are known exactly. Where the centre has just been in trouble itself, it
may take its time; but nobody may be called silent who is heard, whatever was the matter.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from synthmon.judge.telling import REMOVED, UNUSED
from synthmon.model.incident import Incident, Occasion
from synthmon.model.probe import Probe, Severity, Track
from tests.making import NOON
from tests.simulation.oracle import patience
from tests.simulation.plan import instant

if TYPE_CHECKING:
    from tests.simulation.checks import Watch

SILENT = timedelta(seconds=90)
LASTING = timedelta(seconds=30)
SLACK = timedelta(seconds=20)  # a sweep or two, and a heartbeat
MANY = 3  # probes stuck in a region are told by themselves
EVERYWHERE = "*"


class RegionWatch:
    """Looks after every sweep of a centre that listens; it belongs to a `Watch`, which knows the incidents."""

    def __init__(self, watch: Watch) -> None:
        self.watch, self.world = watch, watch.world
        self.told: set[str] = set()  # conditions of which somebody was told
        self._seen: dict[str, tuple[bool, str | None, Severity]] = {}
        self._beating_since: dict[str, datetime] = {}
        self._as_loud: dict[str, tuple[Severity, datetime]] = {}

    def look(self, incidents: list[Incident]) -> None:
        own = {(one.track, one.probe): one for one in incidents if one.current}
        self._listen()
        self._suspects()
        if self.world.plan.minding:
            self._silences(own)
            self._stuck(own)
        for incident in incidents:
            if incident.track in {Track.REGION, Track.SYNTHMON}:
                self._changed(incident)
        self._spoken_for(own)

    # What is known

    @property
    def now(self) -> datetime:
        return self.world.now

    def sign(self, region: str) -> datetime:
        """The last one that the region gave."""
        beat = self.world.heartbeats.get(region)
        return max(beat.at if beat else NOON, self.world.oracle.ended.get(region, NOON))

    def _listen(self) -> None:
        """Since when each region's agent beats without a pause and with nothing left to deliver."""
        for region in self.world.agents:
            beat = self.world.heartbeats.get(region)
            well = beat is not None and self.now - beat.at <= timedelta(seconds=20) and beat.spool_oldest is None
            if well:
                self._beating_since.setdefault(region, self.now)
            else:
                self._beating_since.pop(region, None)

    def _lasts(self, since: datetime) -> timedelta:
        """For how long, not counting the time before the centre's last trouble."""
        return self.now - max(since, instant(self.world.troubled))

    def _regions(self) -> list[str]:
        return list(dict.fromkeys(region.name for probe in self.world.declared.values() for region in probe.regions))

    # Suspect

    def _suspects(self) -> None:
        assert self.world.centre is not None
        found, expected = self.world.centre._upkeep.suspect, self.world.oracle.suspected
        if found.keys() != expected.keys():
            raise self.watch.broken(f"suspect are {sorted(found)}, and ought to be {sorted(expected)}")
        for region, doubt in found.items():
            if doubt.since > expected[region]:
                raise self.watch.broken(f"{region} is suspect since {doubt.since}, and was so since {expected[region]}")

    # Silent

    def _silences(self, own: dict[tuple[Track, str], Incident]) -> None:
        assert self.world.centre is not None
        used = self._regions()
        silent = self.world.centre._upkeep.silent
        for region in silent:
            if self.now - max(self.sign(region), instant(self.world.booted)) <= SILENT:
                raise self.watch.broken(
                    f"{region} is called silent, and there was no time to hear of it, or it was heard"
                )
        must = [region for region in used if self._lasts(self.sign(region)) > SILENT + SLACK]
        if missing := [region for region in must if region not in silent]:
            raise self.watch.broken(f"nothing is heard of {missing}, and it is not called silent (I10)")
        long = [region for region in used if self._lasts(self.sign(region)) > SILENT + LASTING + SLACK]
        blind = own.get((Track.REGION, EVERYWHERE))
        if used and long == used and (blind is None or blind.severity is not Severity.PAGE):
            raise self.watch.broken("nothing is heard of any region, and no page says so (I10)")
        for region in long:
            if blind is None and (Track.REGION, region) not in own:
                raise self.watch.broken(f"{region} is silent, and no incident says so (I10)")
        self._unwatched(long, own)

    def _unwatched(self, long: list[str], own: dict[tuple[Track, str], Incident]) -> None:
        """Somebody is woken when what may wake them is not watched by anybody."""
        for probe in self.world.declared.values():
            names = [region.name for region in probe.regions]
            if set(names) <= set(long) and _wakes(probe):
                about = [own.get((Track.REGION, name)) for name in (*names, EVERYWHERE)]
                if not any(one is not None and one.severity is Severity.PAGE for one in about):
                    raise self.watch.broken(f"nothing watches {probe.name} any more, and nobody is woken for it (I10)")

    # Stuck

    def _newest(self, probe: Probe, region: str) -> datetime:
        return max(self.world.oracle.slots.get((probe.name, region), NOON), self._declared(probe))

    def _declared(self, probe: Probe) -> datetime:
        """Since when it is declared, whatever the centre noticed of it."""
        ends = [span.end for span in self.world.plan.removals if span.who == probe.name and span.end <= self.world.at]
        return instant(max(ends, default=0))

    def _stuck(self, own: dict[tuple[Track, str], Incident]) -> None:
        must: dict[str, list[str]] = {}
        for probe in self.world.declared.values():
            for region in (region.name for region in probe.regions):
                beats = self._beating_since.get(region)
                since = max(self._newest(probe, region), beats) if beats else self.now
                if self._lasts(since) > patience(probe) + LASTING + SLACK:
                    must.setdefault(region, []).append(probe.name)
        for region, names in must.items():
            for name in names:
                if (Track.SYNTHMON, name) not in own and (Track.REGION, region) not in own:
                    raise self.watch.broken(f"no slot of {name} comes in {region}, and no incident says so (I10)")

    def stuck(self, probe: Probe, region: str) -> bool:
        """Whether it may be called so: for so long no slot came, up to what has arrived from there."""
        return not self._comes(probe, region)

    # Incidents

    def _changed(self, incident: Incident) -> None:
        before = self._seen.get(incident.id)
        after = (incident.current, incident.cause.condition, incident.severity)
        if before == after:
            return
        self._seen[incident.id] = after
        if before is None or before[1] != after[1]:
            self._opened(incident)
        if not incident.current and (before is None or before[0]):
            self._resolved(incident)

    def _opened(self, incident: Incident) -> None:
        condition, subject = incident.cause.condition, incident.probe
        declared = self.world.declared
        silent = {region for region in self._regions() if self.now - self.sign(region) > SILENT}
        if not incident.current:
            return
        match incident.track, condition:
            case Track.REGION, "silent":
                well = subject in silent
            case Track.REGION, "blind":
                well = silent == set(self._regions()) and incident.severity is Severity.PAGE
            case Track.REGION, "suspect" | "cut off":
                well = subject in self.world.oracle.suspected
            case Track.REGION, "stuck":
                well = sum(self.stuck(one, subject) for one in _in(declared.values(), subject)) > MANY
            case Track.SYNTHMON, "stuck":
                probe = declared.get(subject)
                well = probe is not None and any(self.stuck(probe, region.name) for region in probe.regions)
            case _:
                well = False
        if not well:
            raise self.watch.broken(f"it is told that {incident.probe_title} is {condition}, and it is not")
        self.told.add(str(condition))
        if not self.watch._rows(incident, Occasion.TRIGGER):
            raise self.watch.broken(f"nobody is owed a word of {incident.probe_title}, which is {condition} (I3)")

    def _resolved(self, incident: Incident) -> None:
        names = self._regions() if incident.probe == EVERYWHERE else [incident.probe]
        if incident.resolved_because in {REMOVED, UNUSED}:
            well = incident.probe not in {*self.world.declared, *self._regions()}
        elif incident.track is Track.REGION:
            well = any(self.now - self.sign(region) <= SILENT for region in names)
        else:
            probe = self.world.declared.get(incident.probe)
            well = probe is None or all(self._comes(probe, region.name) for region in probe.regions)
        if not well:
            raise self.watch.broken(f"{incident.probe_title} is resolved, and nothing was heard of it (I1)")
        told = {row.channel for row in self.watch._rows(incident, Occasion.TRIGGER)}
        over = {row.channel for row in self.watch._rows(incident, Occasion.RESOLVE)}
        if told - over:
            raise self.watch.broken(f"no resolve is owed to {sorted(told - over)} about {incident.probe_title} (I4)")

    def _comes(self, probe: Probe, region: str) -> bool:
        """Held against what has arrived: a region that delivers what is old is not stuck."""
        beat = self.world.heartbeats.get(region)
        reach = min(beat.at, beat.spool_oldest or beat.at) if beat else self.now
        return min(reach, self.now) - self.world.oracle.slots.get((probe.name, region), NOON) <= patience(probe)

    # What is told as one

    def excused(self, incident: Incident) -> bool:
        """Whether the incident of a region speaks for it."""
        if self.world.centre is None:
            return False
        found, probe = self.world.centre._upkeep, self.world.all.get(incident.probe)
        if probe is not None and incident.track is Track.NO_DATA:
            return all(region.name in found.silent for region in probe.regions)
        return incident.track is Track.DOWN and set(incident.regions) <= found.suspect.keys()

    def _spoken_for(self, own: dict[tuple[Track, str], Incident]) -> None:
        """Whoever is not told by themselves is told by the region's incident, as loudly, through the same channels."""
        for incident in own.values():
            severity, since = self._as_loud.get(incident.id, (None, self.now))
            if severity is not incident.severity:
                self._as_loud[incident.id], since = (incident.severity, self.now), self.now
            silenced = self.world.hushed(incident.probe)
            if incident.told or not incident.withheld or silenced or self._lasts(since) < LASTING + SLACK:
                continue
            if incident.track is Track.DOWN and incident.parent in self.world.agents:
                region = own.get((Track.REGION, incident.parent))
                loud = region is not None and Severity.PAGE in {region.severity, _other(incident.severity)}
                if region is None or not loud or not set(incident.channels) <= set(region.told):
                    raise self.watch.broken(f"nobody is told that {incident.probe} is down, alone or as one (I5)")
            about = {(Track.REGION, incident.parent or ""), (Track.REGION, EVERYWHERE)}
            if incident.track is Track.NO_DATA and incident.parent in self.world.agents and not about & own.keys():
                raise self.watch.broken(f"nobody is told that {incident.probe} has no data, alone or as one (I5)")


def _other(severity: Severity) -> Severity:
    return Severity.PAGE if severity is Severity.TICKET else Severity.TICKET


def _wakes(probe: Probe) -> bool:
    return any(rule.severity is Severity.PAGE for rule in probe.alerts)


def _in(probes: Iterable[Probe], region: str) -> list[Probe]:
    return [probe for probe in probes if region in {one.name for one in probe.regions}]
