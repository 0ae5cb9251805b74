"""What declared probes ask of the processes that run them: runs, steps, workers and room, by region. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from synthmon.app.measuring import Able
from synthmon.judge.suspect import host_of
from synthmon.model.probe import Probe
from synthmon.model.timing import Cron, Timing
from synthmon.model.workers import MOST_WORKERS, at_once, workers_for
from synthmon.nouns import dataclass

DAY = 86_400.0
ROOM = 0.7  # of a processor core that runs may take: what is nearer to the whole makes runs late
A_STEP = 1.0  # seconds that a step of a run is taken to last where nothing hangs; most take a tenth of it


@dataclass(frozen=True, slots=True)
class Need:
    """One region. `at_once` are the runs under way while `hangs` does, the host that most of them wait for, and all
    others answer; where there is no other, while it answers, as nothing else could be kept waiting. `at_worst` are
    those while every target hangs until the run's timeout.
    """

    region: str
    probes: int
    runs: float  # a day
    steps: float  # a day, cleanup included
    at_once: float
    hangs: str | None
    at_worst: float
    workers: int

    @property
    def workers_suffice(self) -> bool:
        return self.at_once <= MOST_WORKERS

    def cores(self, able: Able) -> float:
        """Processor cores that its runs take on that machine, from the first step to their being kept."""
        return (self.steps * able.seconds_a_step + self.runs * able.seconds_to_keep) / DAY

    def shards(self, able: Able) -> int:
        """Agents that share the region so that none has too much to do, on machines like that one."""
        by_cores, by_workers = self.cores(able) / ROOM, self.at_once / MOST_WORKERS
        return max(1, _up(by_cores), _up(by_workers))


def needs(probes: Iterable[Probe]) -> tuple[Need, ...]:
    """By region, in the order in which the probes name them."""
    by_region: dict[str, list[Probe]] = {}
    for probe in probes:
        for region in probe.regions:
            by_region.setdefault(region.name, []).append(probe)
    return tuple(_need(region, declared) for region, declared in by_region.items())


def _need(region: str, probes: list[Probe]) -> Need:
    load = [(probe.journey.timeout, probe.interval) for probe in probes]
    together, hangs = _while_one_hangs(probes)
    return Need(
        region=region,
        probes=len(probes),
        runs=sum(a_day(probe.timing) for probe in probes),
        steps=sum(a_day(probe.timing) * len(probe.journey.steps + probe.journey.cleanup) for probe in probes),
        at_once=together,
        hangs=hangs,
        at_worst=at_once(load),
        workers=workers_for(load),
    )


def _while_one_hangs(probes: Sequence[Probe]) -> tuple[float, str | None]:
    """Runs under way while the host hangs that makes most of them wait, by the first step of each probe; and which."""
    usual = at_once([(_usual(probe), probe.interval) for probe in probes])
    more: dict[str, float] = defaultdict(float)
    for probe in probes:
        timeout, interval = probe.journey.timeout, probe.interval
        more[host_of(probe)] += at_once([(timeout, interval)]) - at_once([(_usual(probe), interval)])
    if len(more) < 2:
        return usual, None
    host = max(more, key=more.__getitem__)
    return usual + more[host], host


def _usual(probe: Probe) -> float:
    """Seconds that a run is taken to last where nothing hangs."""
    return min(probe.journey.timeout, A_STEP * len(probe.journey.steps + probe.journey.cleanup))


def a_day(timing: Timing) -> float:
    """Runs a day; of a cron expression the mean over its year."""
    if isinstance(timing, Cron):
        return DAY / timing.shortest * timing.share
    return DAY / timing


def _up(value: float) -> int:
    return int(-(-value // 1))
