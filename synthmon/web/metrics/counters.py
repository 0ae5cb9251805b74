"""Counters of runs, and histograms of their latency and lateness: what grows as runs are kept in this process.

A centre may hear of a hundred thousand pairs of probe and region. Plain numbers in dictionaries, made into metrics when
somebody scrapes, take a twentieth of the memory of the client library's own counters, and of the time to count a run.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from prometheus_client.metrics_core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from synthmon.model.probe import Probe
from synthmon.model.run import Outcome, RunKind, RunResult

LATENCY = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)  # seconds
LATENESS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)  # seconds
OTHER = "other"  # a step that is not declared: an agent runs another version of the probe
_WHERE = ("probe", "region")
_MADE = tuple(outcome for outcome in Outcome if outcome is not Outcome.MISSED)

Probes = Callable[[], Mapping[str, Probe]]
Labels = tuple[str, ...]


class _Tally:
    """How many values lay in each bucket, the last of which has no bound, and their sum."""

    __slots__ = ("counts", "total")

    def __init__(self, buckets: int) -> None:
        self.counts, self.total = [0] * (buckets + 1), 0.0

    def cumulative(self, bounds: Sequence[float]) -> Iterator[tuple[str, float]]:
        below = 0
        for bound, count in zip((*map(str, bounds), "+Inf"), self.counts, strict=True):
            below += count
            yield bound, below


class _Histogram:
    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self._tallies: dict[Labels, _Tally] = {}

    def observe(self, labels: Labels, value: float) -> None:
        tally = self._tallies.get(labels)
        if tally is None:
            tally = self._tallies[labels] = _Tally(len(self._bounds))
        tally.counts[bisect_left(self._bounds, value)] += 1
        tally.total += value

    def told(self, family: HistogramMetricFamily, known: Callable[[Labels], bool]) -> Metric:
        for labels, tally in self._tallies.items():
            if known(labels):
                family.add_metric(labels, list(tally.cumulative(self._bounds)), tally.total)
        return family


class Counters(Collector):
    """Thread-safe. Of what is declared no more nothing is told; `probes` is None until that is known."""

    def __init__(self) -> None:
        self.probes: Probes | None = None
        self._lock = threading.Lock()
        self._runs: dict[Labels, int] = defaultdict(int)
        self._failures: dict[Labels, int] = defaultdict(int)
        self._flaky: dict[Labels, int] = defaultdict(int)
        self._latency, self._lateness = _Histogram(LATENCY), _Histogram(LATENESS)

    def count(self, result: RunResult) -> None:
        """Count one run that was kept."""
        key = result.key
        where = (key.probe, key.region)
        with self._lock:
            self._runs[*where, key.kind.value, result.outcome.value] += 1
            if result.outcome.good and result.latency is not None and not result.quality.suspect:
                self._latency.observe(where, result.latency)
            if key.kind is RunKind.SCHEDULED and result.outcome is not Outcome.SKIPPED:
                self._lateness.observe((key.region,), max(0.0, result.quality.late))
            if result.flaky:
                self._flaky[where] += 1
            if result.outcome.broken and result.failures:
                self._failures[*where, self._step(result), result.failures[0].kind.value] += 1

    def _step(self, result: RunResult) -> str:
        """The broken step, if the probe declares one of that name: an agent can send any."""
        step = result.failed_step or ""
        known = self.probes().get(result.key.probe) if self.probes is not None else None
        if known is None:
            return step
        journey = known.journey
        return step if any(one.id == step for one in (*journey.steps, *journey.cleanup)) else OTHER

    def collect(self) -> Iterable[Metric]:
        declared = None if self.probes is None else self.probes()

        def known(labels: Labels) -> bool:
            return declared is None or _runs_there(labels[0], labels[1], declared)

        def counted(name: str, help_: str, labels: Sequence[str], counts: Mapping[Labels, int]) -> Metric:
            family = CounterMetricFamily(name, help_, labels=labels)
            for values, count in counts.items():
                if known(values):
                    family.add_metric(values, count)
            return family

        with self._lock:
            runs = _beginning_at_zero(declared or {}) | self._runs
            return [
                counted("synthmon_runs", "Runs kept, by kind and outcome.", (*_WHERE, "kind", "outcome"), runs),
                self._latency.told(
                    HistogramMetricFamily(
                        "synthmon_journey_latency_seconds",
                        "Latency of journeys that reached their end.",
                        labels=_WHERE,
                    ),
                    known,
                ),
                self._lateness.told(
                    HistogramMetricFamily(
                        "synthmon_run_lateness_seconds",
                        "How long after its slot a scheduled run began.",
                        labels=("region",),
                    ),
                    lambda _: True,
                ),
                counted(
                    "synthmon_step_failures",
                    "Broken steps, by kind of failure.",
                    (*_WHERE, "step", "kind"),
                    self._failures,
                ),
                counted("synthmon_flaky_runs", "Runs that were good only after a retry.", _WHERE, self._flaky),
            ]


def _beginning_at_zero(declared: Mapping[str, Probe]) -> dict[Labels, int]:
    """A counter that first shows up with 1 hides that one from `rate`."""
    return {
        (probe.name, region.name, RunKind.SCHEDULED.value, outcome.value): 0
        for probe in declared.values()
        for region in probe.regions
        for outcome in _MADE
    }


def _runs_there(name: str, region: str, declared: Mapping[str, Probe]) -> bool:
    probe = declared.get(name)
    return probe is not None and any(one.name == region for one in probe.regions)
