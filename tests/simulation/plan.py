"""What will happen in a world, drawn from its seed before the world begins: the truth that an oracle may know.

Instants are whole milliseconds from the start of the world.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from synthmon.model.condition import NoData
from synthmon.model.journey import Journey
from synthmon.model.probe import AlertRule, Probe, ProbeRegion, RegionQuorum, Severity, Track
from tests import making
from tests.simulation import conditions

SECOND, MINUTE = 1000, 60_000
REGIONS = ("eu", "us", "ap")
CALM = 40 * MINUTE  # at the end of every world all is well for so long, and everything has to have come to rest
PAGER, CHAT = "pager", "chat"
WIDE_EVERY = 12  # worlds; the others have one probe or two
MODES = ("busy", "broken", "lost", "hang", "refuse")


def instant(at: int) -> datetime:
    return making.NOON + timedelta(milliseconds=at)


@dataclass(frozen=True, slots=True)
class Span:
    """Something that holds from `start` up to `end`: `who` is a region, a probe or a channel."""

    start: int
    end: int
    what: str = ""
    who: str = ""

    def covers(self, at: int) -> bool:
        return self.start <= at < self.end


@dataclass(frozen=True, slots=True)
class Outage:
    """The target of `probe` fails in `regions`; a run that meets it lasts for `takes` milliseconds."""

    probe: str
    regions: tuple[str, ...]
    span: Span
    takes: int

    def met(self, probe: str, region: str, at: int) -> bool:
        return probe == self.probe and region in self.regions and self.span.covers(at)


@dataclass(frozen=True, slots=True)
class Plan:
    """A world before it begins. `crashes` is the chance of dying around a commit or after a message.

    `unwilling` is the chance that a receiver makes trouble over one message, beside the spans in which it always does;
    `stalls` that our own process stands still during a run. While something is `slow`, runs take that long; where it
    is `litter`, cleanups fail. With `minding` agents say that they live; what is `stuck` has no runs although its agent
    lives; within a cutoff a region gets through to nothing.
    """

    seed: int
    probes: tuple[Probe, ...]
    flake: float
    error: float
    delay: float
    crashes: float
    outages: tuple[Outage, ...]
    silences: tuple[Span, ...]
    stops: tuple[Span, ...]
    database: tuple[Span, ...]
    receivers: tuple[Span, ...]
    removals: tuple[Span, ...]
    quiets: tuple[Span, ...]
    unwilling: float
    stalls: float
    slow: tuple[Outage, ...]
    litter: tuple[Outage, ...]
    minding: bool
    stuck: tuple[Outage, ...]
    cutoffs: tuple[Span, ...]
    chaos: int

    @property
    def end(self) -> int:
        return self.chaos + CALM


def draw(seed: int) -> Plan:
    """The plan of that seed; every tenth world is one where nothing but the targets makes trouble."""
    chance = Random(f"plan {seed}")
    quiet = seed % 10 == 9
    chaos = chance.randrange(60, 90) * MINUTE
    extra, wide = Random(f"conditions {seed}"), seed % WIDE_EVERY == 7
    probes = _many(seed, extra) if wide else tuple(conditions.asked(probe, extra) for probe in _probes(seed, chance))
    names = [probe.name for probe in probes]
    regions = sorted({region.name for probe in probes for region in probe.regions})

    outages = tuple(outage for probe in probes for outage in _outages(probe, chance, chaos))
    edges = [edge for outage in outages for edge in (outage.span.start, outage.span.end)]

    def spans(most: int, longest: int, who: Iterable[str] = ("",), what: Iterable[str] = ("",)) -> tuple[Span, ...]:
        if quiet:
            return ()
        some = _spans(chance, chance.randint(0, most), (5 * SECOND, longest), chaos, list(who), list(what))
        return tuple(_aimed(span, edges, chance, chaos) for span in some)

    return Plan(
        seed=seed,
        probes=probes,
        flake=chance.choice((0.0, 0.01, 0.05, 0.2)),
        error=0.0 if quiet else chance.choice((0.0, 0.02, 0.3)),
        delay=0.0 if quiet else chance.choice((0.0, 0.02, 0.1)),
        crashes=0.0 if quiet else chance.choice((0.0, 0.01, 0.05)),
        outages=outages,
        silences=spans(6, 15 * MINUTE, regions, ("dead", "cut")),
        stops=spans(3, 6 * MINUTE),
        database=spans(2, 3 * MINUTE),
        removals=spans(2, 20 * MINUTE, names),
        quiets=spans(2, 20 * MINUTE, names),
        receivers=spans(20, 12 * MINUTE, (PAGER, PAGER, CHAT), MODES),
        unwilling=0.0 if quiet else chance.choice((0.0, 0.1, 0.4)),
        stalls=0.0 if quiet else extra.choice((0.0, 0.02, 0.3)),
        slow=_some(probes, extra, chaos, Track.SLOW, Track.BUDGET, takes=(900, 1500)),
        minding=seed % 2 == 1 or wide,
        stuck=_stuck(probes, extra, chaos, wide) if seed % 2 == 1 and not quiet else (),
        cutoffs=_spans(extra, extra.randint(1, 3), (MINUTE, 25 * MINUTE), chaos, list(regions), [""]) if wide else (),
        litter=_some(probes, extra, chaos, Track.CLEANUP, takes=(0,)),
        chaos=chaos,
    )


def _probes(seed: int, chance: Random) -> tuple[Probe, ...]:
    return tuple(_probe(f"probe-{seed}-{number}", chance) for number in range(chance.choice((1, 1, 2))))


def _many(seed: int, chance: Random) -> tuple[Probe, ...]:
    """So many, on hosts of their own, that a region can be told from its targets; with the usual rule."""
    regions = tuple(ProbeRegion(region) for region in REGIONS[: chance.choice((2, 3))])
    return tuple(_on_its_own_host(f"probe-{seed}-{number}", regions, chance) for number in range(4))


def _on_its_own_host(name: str, regions: tuple[ProbeRegion, ...], chance: Random) -> Probe:
    plain = making.probe(name, regions=regions)
    step = plain.journey.steps[0]
    there = replace(step, request=replace(step.request, url=f"https://{name}.example/"))
    severity, channel = chance.choice(((Severity.PAGE, PAGER), (Severity.PAGE, PAGER), (Severity.TICKET, CHAT)))
    rules = [AlertRule(f"{name} is down", Track.DOWN, 2, 2, severity=severity, notify=(channel,))]
    if chance.random() < 0.5:
        silent = NoData(3 * plain.interval)
        rules.append(AlertRule(f"{name} is not seen", Track.NO_DATA, 1, 1, 1, notify=(PAGER,), condition=silent))
    return replace(plain, journey=replace(plain.journey, steps=(there,)), alerts=tuple(rules))


def _stuck(probes: tuple[Probe, ...], chance: Random, until: int, wide: bool) -> tuple[Outage, ...]:
    """Now and then one of many; where there are many, also all of a region at once."""
    found = []
    for span in _spans(chance, chance.randint(0, 2), (2 * MINUTE, 20 * MINUTE), until, [""], [""]):
        everything = wide and chance.random() < 0.5
        names = [region.name for region in probes[0].regions]
        where = tuple(chance.sample(names, 1 if everything else chance.randint(1, len(names))))
        some = probes if everything else [chance.choice(probes)]
        found += [Outage(probe.name, where, span, 0) for probe in some]
    return tuple(found)


def _probe(name: str, chance: Random) -> Probe:
    interval, timeout = chance.choice(((60.0, 10.0), (60.0, 10.0), (30.0, 5.0), (120.0, 20.0)))
    regions = REGIONS[: chance.choice((1, 2, 3, 3, 3))]
    quorum: int | RegionQuorum = chance.choice((RegionQuorum.MAJORITY, RegionQuorum.MAJORITY, RegionQuorum.ANY, 2))
    bad, of = chance.choice(((2, 2), (2, 2), (2, 2), (1, 1), (3, 3), (3, 5)))
    rules = [AlertRule(f"{name} is down", Track.DOWN, bad, of, quorum, notify=(PAGER,))]
    if chance.random() < 0.4:
        rules.append(AlertRule(f"{name} trembles", Track.DOWN, 1, 1, quorum, Severity.TICKET, notify=(CHAT,)))
    return making.probe(
        name,
        journey=Journey(making.probe().journey.steps, timeout=timeout),
        interval=interval,
        regions=tuple(ProbeRegion(region) for region in regions),
        alerts=tuple(rules),
    )


def _outages(probe: Probe, chance: Random, until: int) -> list[Outage]:
    names = tuple(region.name for region in probe.regions)
    found = []
    for span in _spans(chance, chance.randint(1, 4), (5 * SECOND, 15 * MINUTE), until, [probe.name], [""]):
        some = names if chance.random() < 0.7 else tuple(sorted(chance.sample(names, chance.randint(1, len(names)))))
        takes = chance.choice((20, 400, int(probe.journey.timeout * SECOND)))
        found.append(Outage(probe.name, some, span, takes))
        if chance.random() < 0.3:  # it crept in: one region saw it some minutes earlier
            early = max(0, span.start - int(chance.uniform(1, 8) * probe.interval * SECOND))
            found.append(Outage(probe.name, names[:1], Span(early, span.end), takes))
    return found


def _some(
    probes: Iterable[Probe], chance: Random, until: int, *tracks: Track, takes: tuple[int, ...]
) -> tuple[Outage, ...]:
    """When something is slow, or leaves things behind, where a rule asks about it."""
    found = []
    for probe in probes:
        names = [region.name for region in probe.regions]
        if any(rule.track in tracks for rule in probe.alerts):
            for span in _spans(chance, chance.randint(1, 3), (MINUTE, 20 * MINUTE), until, [probe.name], [""]):
                some = tuple(sorted(chance.sample(names, chance.randint(1, len(names)))))
                found.append(Outage(probe.name, some, span, chance.choice(takes)))
    return tuple(found)


def _spans(
    chance: Random, count: int, length: tuple[int, int], until: int, who: list[str], what: list[str]
) -> tuple[Span, ...]:
    """Spans that end before `until`; those of the same `who` may overlap. Short ones are as likely as long ones."""
    found = []
    for _ in range(count):
        lasts = int(length[0] * (length[1] / length[0]) ** chance.random())
        start = chance.randrange(until - lasts)
        found.append(Span(start, start + lasts, chance.choice(what), chance.choice(who)))
    return tuple(sorted(found, key=lambda span: (span.start, span.end, span.who, span.what)))


def _aimed(span: Span, edges: list[int], chance: Random, until: int) -> Span:
    """Most troubles are laid over the beginning or the end of an outage: that is where something is at stake."""
    if chance.random() < 0.3:
        return span
    lasts = span.end - span.start
    start = chance.choice(edges) - int(lasts * chance.random()) + chance.randrange(MINUTE)
    start = max(0, min(start, until - lasts - 1))
    return Span(start, start + lasts, span.what, span.who)
