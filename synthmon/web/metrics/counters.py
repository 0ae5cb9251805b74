"""Counters of runs, and histograms of their latency and lateness: what grows as runs are kept in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from synthmon.model.probe import Probe
from synthmon.model.run import Outcome, RunKind, RunResult

LATENCY = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)  # seconds
LATENESS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)  # seconds
OTHER = "other"  # a step that is not declared: an agent runs another version of the probe
_WHERE = ("probe", "region")
_MADE = tuple(outcome for outcome in Outcome if outcome is not Outcome.MISSED)

Probes = Callable[[], Mapping[str, Probe]]


class Counters(Collector):
    """Thread-safe. Of what is declared no more nothing is told; `probes` is None until that is known."""

    def __init__(self) -> None:
        self.probes: Probes | None = None
        self._registry = CollectorRegistry()
        self._runs = Counter(
            "synthmon_runs", "Runs kept, by kind and outcome.", (*_WHERE, "kind", "outcome"), registry=self._registry
        )
        self._latency = Histogram(
            "synthmon_journey_latency_seconds",
            "Latency of journeys that reached their end.",
            _WHERE,
            buckets=LATENCY,
            registry=self._registry,
        )
        self._lateness = Histogram(
            "synthmon_run_lateness_seconds",
            "How long after its slot a scheduled run began.",
            ("region",),
            buckets=LATENESS,
            registry=self._registry,
        )
        self._failures = Counter(
            "synthmon_step_failures",
            "Broken steps, by kind of failure.",
            (*_WHERE, "step", "kind"),
            registry=self._registry,
        )
        self._flaky = Counter(
            "synthmon_flaky_runs", "Runs that were good only after a retry.", _WHERE, registry=self._registry
        )

    def count(self, result: RunResult) -> None:
        """Count one run that was kept."""
        where = (result.key.probe, result.key.region)
        self._runs.labels(*where, result.key.kind.value, result.outcome.value).inc()
        if result.outcome.good and result.latency is not None and not result.quality.suspect:
            self._latency.labels(*where).observe(result.latency)
        if result.key.kind is RunKind.SCHEDULED and result.outcome is not Outcome.SKIPPED:
            self._lateness.labels(result.key.region).observe(max(0.0, result.quality.late))
        if result.flaky:
            self._flaky.labels(*where).inc()
        if result.outcome.broken and result.failures:
            self._failures.labels(*where, self._step(result), result.failures[0].kind.value).inc()

    def _step(self, result: RunResult) -> str:
        """The broken step, if the probe declares one of that name: an agent can send any."""
        step = result.failed_step or ""
        known = self.probes().get(result.key.probe) if self.probes is not None else None
        if known is None:
            return step
        journey = known.journey
        return step if any(one.id == step for one in (*journey.steps, *journey.cleanup)) else OTHER

    def collect(self) -> Iterable[Metric]:
        self._begin_at_zero()
        declared = None if self.probes is None else self.probes()
        for family in self._registry.collect():
            family.samples = [
                sample
                for sample in family.samples
                if not sample.name.endswith("_created")
                and (declared is None or sample.labels.get("probe") is None or _runs_there(sample.labels, declared))
            ]
            yield family

    def _begin_at_zero(self) -> None:
        """A counter that first shows up with 1 hides that one from `rate`."""
        for probe in (self.probes() if self.probes is not None else {}).values():
            for region in probe.regions:
                for outcome in _MADE:
                    self._runs.labels(probe.name, region.name, RunKind.SCHEDULED.value, outcome.value)


def _runs_there(labels: Mapping[str, str], declared: Mapping[str, Probe]) -> bool:
    probe = declared.get(labels["probe"])
    return probe is not None and any(region.name == labels["region"] for region in probe.regions)
