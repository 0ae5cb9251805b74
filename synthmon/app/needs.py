"""What declared probes ask of the processes that run them: runs, steps, workers and room, by region. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from synthmon.app.measuring import Able
from synthmon.model.probe import Probe
from synthmon.model.timing import Cron, Timing
from synthmon.model.workers import MOST_WORKERS, at_once, workers_for
from synthmon.nouns import dataclass

DAY = 86_400.0
ROOM = 0.7  # of a processor core that runs may take: what is nearer to the whole makes runs late


@dataclass(frozen=True, slots=True)
class Need:
    """One region: `at_worst` are the runs under way at once while every target hangs until the run's timeout."""

    region: str
    probes: int
    runs: float  # a day
    steps: float  # a day, cleanup included
    at_worst: float
    workers: int

    @property
    def workers_suffice(self) -> bool:
        return self.at_worst <= MOST_WORKERS

    def cores(self, able: Able) -> float:
        """Processor cores that its runs take on that machine, from the first step to their being kept."""
        return (self.steps * able.seconds_a_step + self.runs * able.seconds_to_keep) / DAY

    def shards(self, able: Able) -> int:
        """Agents that share the region so that none has too much to do, on machines like that one."""
        by_cores, by_workers = self.cores(able) / ROOM, self.at_worst / MOST_WORKERS
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
    return Need(
        region=region,
        probes=len(probes),
        runs=sum(a_day(probe.timing) for probe in probes),
        steps=sum(a_day(probe.timing) * len(probe.journey.steps + probe.journey.cleanup) for probe in probes),
        at_worst=at_once(load),
        workers=workers_for(load),
    )


def a_day(timing: Timing) -> float:
    """Runs a day; of a cron expression the mean over its year."""
    if isinstance(timing, Cron):
        return DAY / timing.shortest * timing.share
    return DAY / timing


def _up(value: float) -> int:
    return int(-(-value // 1))
