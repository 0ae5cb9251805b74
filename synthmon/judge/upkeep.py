"""From what is heard of regions and probes to our own troubles with them: silent, stuck, suspect, each told as one.

A region has one incident, whatever is the matter with it, and it speaks for what it explains. In doubt an incident
stays as it is: that nothing is heard is neither trouble nor its end before there was time to hear.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime

from synthmon.judge.own import Healed, Trouble
from synthmon.judge.policy import RANK
from synthmon.judge.silent import Hearing
from synthmon.judge.situation import Pair
from synthmon.judge.stuck import Slots, slots_of
from synthmon.judge.suspect import Doubt, suspects
from synthmon.judge.telling import REMOVED, UNUSED
from synthmon.model import words
from synthmon.model.incident import Incident, RegionState
from synthmon.model.probe import Probe, Severity, Track
from synthmon.nouns import dataclass

SILENT, BLIND, STUCK, SUSPECT, CUT_OFF = "silent", "blind", "stuck", "suspect", "cut off"
EVERYWHERE = "*"  # the subject of an incident about all regions; no region can be called so
SELF = "synthmon"  # the subject of an incident about the daemon itself
MOST_ALONE = 3  # probes that are stuck in a region, each told by itself
NAMED = 10  # probes in a text

HEARD_AGAIN = "it has been well for half a minute"
SLOTS_COME = "its slots come again"


@dataclass(frozen=True, slots=True)
class Seen:
    """What the regions and the slots look like. `hearing` None: nobody minds who is heard, so nothing is missed.

    `declared`: since when each probe is as it is now. `incidents`: at least the current ones.
    """

    probes: Mapping[str, Probe]
    states: Mapping[Pair, RegionState]
    incidents: Sequence[Incident]
    hearing: Hearing | None
    declared: Mapping[str, datetime]
    now: datetime

    def regions(self) -> tuple[str, ...]:
        """Those in which a probe runs, in the order in which probes name them."""
        return tuple(dict.fromkeys(region.name for probe in self.probes.values() for region in probe.regions))

    def current(self, track: Track) -> dict[str, Incident]:
        return {one.probe: one for one in self.incidents if one.track is track and one.current}


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What to judge by from now on, and what is to be told: see `decide_own`."""

    suspect: Mapping[str, Doubt] = field(default_factory=dict)
    silent: Mapping[str, datetime] = field(default_factory=dict)
    troubles: tuple[Trouble, ...] = ()
    healed: tuple[Healed, ...] = ()


def look_after(seen: Seen) -> Upkeep:
    """All of it at `seen.now`."""
    suspect = _settled(seen, suspects(seen.probes, seen.states.values()))
    regions = seen.regions()
    silent = seen.hearing.silent(regions, seen.now) if seen.hearing else {}
    heard = seen.hearing.heard(regions, seen.now) if seen.hearing else frozenset(regions)
    slots = _slots(seen)
    blind = bool(regions) and len(silent) == len(regions)
    places = [_blind(silent)] if blind else [_place(seen, name, silent, suspect, slots) for name in regions]
    troubles = [*(place for place in places if place is not None), *_probes(slots)]
    return Upkeep(suspect, silent, tuple(troubles), (*_regions_well(seen, heard), *_probes_well(seen, slots)))


def _slots(seen: Seen) -> Slots:
    if seen.hearing is None:
        return Slots({}, frozenset())
    return slots_of(seen.probes.values(), seen.states, seen.hearing, seen.declared, seen.now)


def _settled(seen: Seen, suspect: Mapping[str, Doubt]) -> dict[str, Doubt]:
    """Once told, a region is suspect since then, whichever probes make it so now: what is held is not held anew."""
    told = {name: one for name, one in seen.current(Track.REGION).items() if one.cause.condition in {SUSPECT, CUT_OFF}}
    return {
        name: replace(doubt, since=min(doubt.since, told[name].began_at)) if name in told else doubt
        for name, doubt in suspect.items()
    }


# Regions


def _place(
    seen: Seen, region: str, silent: Mapping[str, datetime], suspect: Mapping[str, Doubt], slots: Slots
) -> Trouble | None:
    """What is the matter with a region; of several things the one that explains the others."""
    held = [one for one in seen.incidents if one.current and one.track is Track.DOWN and one.parent == region]
    if region in silent:
        return _with(held, _silent(seen, region, silent))
    if len(_stuck_in(slots, region)) > MOST_ALONE:
        return _with(held, _stuck_region(seen, region, slots))
    return _with(held, _suspect(region, suspect[region], held)) if region in suspect else None


def _silent(seen: Seen, region: str, silent: Mapping[str, datetime]) -> Trouble:
    alone = [name for name, probe in seen.probes.items() if region in _names(probe) and _names(probe) <= silent.keys()]
    text = f"nothing is heard of it since {words.instant(silent[region])}"
    unwatched = f", and nothing else watches {_listed(alone)}" if alone else ""
    # Somebody has to know at once of what nobody watches, if they wanted to be woken for it.
    wakes = any(rule.severity is Severity.PAGE for name in alone for rule in seen.probes[name].alerts)
    severity = Severity.PAGE if wakes else None
    return _of_region(region, SILENT, text + unwatched, silent[region], severity)


def _blind(silent: Mapping[str, datetime]) -> Trouble:
    last = max(silent.values())
    text = f"nothing is heard of any region ({', '.join(silent)}) since {words.instant(last)}"
    return Trouble(Track.REGION, EVERYWHERE, "monitoring", text, last, BLIND, Severity.PAGE)


def _stuck_region(seen: Seen, region: str, slots: Slots) -> Trouble:
    stuck = _stuck_in(slots, region)
    count = sum(region in _names(probe) for probe in seen.probes.values())
    text = f"it is heard of, but no slot of {len(stuck)} of its {count} probes is: {_listed(sorted(stuck))}"
    return _of_region(region, STUCK, text, min(stuck.values()))


def _suspect(region: str, doubt: Doubt, held: Sequence[Incident]) -> Trouble:
    """Once nothing is held back any more, what fails from there alone makes it more than a suspicion."""
    if not held:
        return _of_region(region, SUSPECT, doubt.text, doubt.since)
    names = _listed(sorted(one.probe for one in held))
    return _of_region(region, CUT_OFF, f"{doubt.text}: {names}", doubt.since)


def _with(held: Sequence[Incident], trouble: Trouble) -> Trouble:
    """The trouble, told to all whom the incidents concern for which it speaks, and as urgently as they would be."""
    severities = [trouble.weight, *(one.severity for one in held)]
    return replace(
        trouble,
        severity=max(severities, key=RANK.__getitem__),
        channels=tuple(dict.fromkeys(name for one in held for name in one.channels)),
    )


def _of_region(region: str, condition: str, text: str, since: datetime, severity: Severity | None = None) -> Trouble:
    return Trouble(Track.REGION, region, f"region {region}", text, since, condition, severity)


def _regions_well(seen: Seen, heard: frozenset[str]) -> Iterable[Healed]:
    """Regions that are heard of; `decide_own` leaves those out that are in trouble all the same."""
    used = seen.regions()
    for name in seen.current(Track.REGION):
        if name in heard or (name == EVERYWHERE and heard):
            yield Healed((Track.REGION, name), None, HEARD_AGAIN)
        elif name not in used and name != EVERYWHERE and "/" not in name:  # with a slash: of its agents, not of it
            yield Healed((Track.REGION, name), None, UNUSED, lasting=False)


# Probes


def _probes(slots: Slots) -> Iterable[Trouble]:
    """Probes that are stuck, but for regions in which so many are that the region's own incident says so."""
    where: dict[str, dict[str, datetime]] = {}
    many = Counter(region for _, region in slots.stuck)
    for (probe, region), since in slots.stuck.items():
        if many[region] <= MOST_ALONE:
            where.setdefault(probe, {})[region] = since
    for probe, regions in where.items():
        since = min(regions.values())
        text = f"no slot of it was heard of in {', '.join(regions)} since {words.instant(since)}, though the region was"
        yield Trouble(
            Track.SYNTHMON, subject_of(probe), f"probe {probe}", text, since, STUCK, Severity.TICKET, tuple(regions)
        )


def _probes_well(seen: Seen, slots: Slots) -> Iterable[Healed]:
    for subject, incident in seen.current(Track.SYNTHMON).items():
        if incident.cause.condition != STUCK:
            continue
        probe = next((one for name, one in seen.probes.items() if subject_of(name) == subject), None)
        if probe is None:
            yield Healed((Track.SYNTHMON, subject), None, REMOVED, lasting=False)
            continue
        if all((probe.name, region.name) in slots.coming for region in probe.regions):
            yield Healed((Track.SYNTHMON, subject), None, SLOTS_COME, lasting=False)


def subject_of(probe: str) -> str:
    """What an incident about a probe that is stuck is kept under: its name, but for one that is ours already."""
    return probe if probe != SELF else f"{probe}/probe"


def _stuck_in(slots: Slots, region: str) -> dict[str, datetime]:
    return {probe: since for (probe, where), since in slots.stuck.items() if where == region}


def _names(probe: Probe) -> frozenset[str]:
    return frozenset(region.name for region in probe.regions)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
