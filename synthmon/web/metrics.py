"""What Prometheus scrapes: beliefs, runs, latencies, and how the daemon itself is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from synthmon.model.incident import Health, RegionPhase
from synthmon.model.run import RunResult
from synthmon.web.overview import health_of
from synthmon.web.ports import Presence, WebPorts

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """Counters that grow as runs are kept, and gauges read when somebody scrapes."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("probe", "region")
        self._runs = Counter(
            "synthmon_runs", "Runs kept, by kind and outcome.", (*labels, "kind", "outcome"), registry=self.registry
        )
        self._durations = Histogram(
            "synthmon_journey_latency_seconds",
            "Latency of journeys that reached their end.",
            labels,
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._failures = Counter(
            "synthmon_step_failures",
            "Broken steps, by kind of failure.",
            (*labels, "step", "kind"),
            registry=self.registry,
        )
        self._flaky = Counter(
            "synthmon_flaky_runs", "Runs that were good only after a retry.", labels, registry=self.registry
        )

    def count(self, result: RunResult) -> None:
        """Count one run that was kept."""
        where = (result.key.probe, result.key.region)
        self._runs.labels(*where, result.key.kind.value, result.outcome.value).inc()
        if result.outcome.good and result.latency is not None:
            self._durations.labels(*where).observe(result.latency)
        if result.flaky:
            self._flaky.labels(*where).inc()
        if result.outcome.broken and result.failures:
            self._failures.labels(*where, result.failed_step or "", result.failures[0].kind.value).inc()

    def attach(self, ports: WebPorts) -> None:
        """Read the gauges from these ports from now on."""
        self.registry.register(_Gauges(ports))

    def render(self) -> bytes:
        return generate_latest(self.registry)


def _age(instant: datetime | None, now: datetime) -> float:
    return max(0.0, (now - instant).total_seconds()) if instant else 0.0


_OF_AGENTS: Sequence[tuple[str, str, Callable[[Presence, datetime], float | None]]] = (
    (
        "synthmon_agent_heard_seconds",
        "How long ago an agent was heard of.",
        lambda one, now: _age(one.heartbeat.at, now),
    ),
    (
        "synthmon_agent_spool_depth",
        "Results that an agent has not delivered.",
        lambda one, _: one.heartbeat.spool_depth,
    ),
    (
        "synthmon_agent_spool_oldest_seconds",
        "How old the oldest of them is; 0 without any.",
        lambda one, now: _age(one.heartbeat.spool_oldest, now),
    ),
    ("synthmon_agent_results_dropped", "Results lost for want of room.", lambda one, _: one.heartbeat.dropped),
    ("synthmon_agent_results_refused", "Results that the centre refused.", lambda one, _: one.heartbeat.refused),
    ("synthmon_agent_runs_due", "Slots that were due since its start.", lambda one, _: one.heartbeat.due),
    ("synthmon_agent_runs_finished", "Runs that ended since its start.", lambda one, _: one.heartbeat.finished),
    (
        "synthmon_agent_lateness_seconds",
        "Lateness of runs, 99th percentile.",
        lambda one, _: one.heartbeat.lateness_p99,
    ),
    ("synthmon_agent_clock_offset_seconds", "Its clock ahead of the centre's.", lambda one, _: one.heartbeat.offset),
    ("synthmon_agent_memory_bytes", "Memory in use.", lambda one, _: one.heartbeat.memory),
    (
        "synthmon_agent_configuration_differs",
        "1 while it runs with another configuration than the centre.",
        lambda one, _: float(not one.same_configuration),
    ),
)


class _Gauges(Collector):
    def __init__(self, ports: WebPorts) -> None:
        self._ports = ports

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield from self._beliefs()
        yield from self._daemon()
        yield from self._agents()

    def _agents(self) -> Iterator[GaugeMetricFamily]:
        labels = ("region", "instance")
        now = self._ports.now()
        families = [GaugeMetricFamily(name, text, labels=labels) for name, text, _ in _OF_AGENTS]
        for present in self._ports.agents.present():
            said = present.heartbeat
            where = (said.region, said.instance)
            for family, (_, _, value) in zip(families, _OF_AGENTS, strict=True):
                if (number := value(present, now)) is not None:
                    family.add_metric(where, number)
        yield from families

    def _beliefs(self) -> Iterator[GaugeMetricFamily]:
        probes = self._ports.probes()
        states = self._ports.store.states()
        health = GaugeMetricFamily(
            "synthmon_probe_health", "1 for the health a probe is believed to have now.", labels=("probe", "health")
        )
        believed = health_of(self._ports.store, probes, self._ports.now())
        for name in probes:
            for value in Health:
                health.add_metric((name, value.value), float(believed[name].health is value))
        yield health
        down = GaugeMetricFamily(
            "synthmon_region_down", "1 while a probe is believed down in a region.", labels=("probe", "region", "track")
        )
        for state in (state for state in states if state.probe in probes):
            for track, belief in state.tracks.items():
                down.add_metric((state.probe, state.region, track.value), float(belief.phase is RegionPhase.DOWN))
        yield down
        yield GaugeMetricFamily(
            "synthmon_incidents_open",
            "Incidents that are not resolved.",
            len(self._ports.store.incidents(current=True)),
        )

    def _daemon(self) -> Iterator[GaugeMetricFamily]:
        pulse = self._ports.pulse()
        for name, text, value in (
            ("synthmon_up", "1 while every loop of the daemon lives.", float(not pulse.troubles)),
            ("synthmon_runs_running", "Runs under way.", float(pulse.running)),
            ("synthmon_workers", "Worker threads.", float(pulse.workers)),
            ("synthmon_results_waiting", "Results that are not kept yet.", float(pulse.waiting)),
            ("synthmon_results_dropped", "Results lost because the database was away.", float(pulse.dropped)),
            ("synthmon_notifications_owed", "Notifications that are not delivered yet.", float(pulse.owed)),
            ("synthmon_interpreter_lag_seconds", "Worst recent interpreter lag.", pulse.lag),
            (
                "synthmon_configuration_refused",
                "1 while changed files are refused.",
                float(bool(self._ports.config_problems())),
            ),
            ("synthmon_leader", "1 while this process judges.", float(bool(pulse.leader and pulse.leader.itself))),
            (
                "synthmon_leadership_epoch",
                "The number of the newest term of leadership.",
                float(pulse.leader.term.epoch if pulse.leader else 0),
            ),
            ("synthmon_started_timestamp_seconds", "When the daemon started.", pulse.started_at.timestamp()),
        ):
            yield GaugeMetricFamily(name, text, value)
        version = GaugeMetricFamily("synthmon_build_info", "Always 1; the version is a label.", labels=("version",))
        version.add_metric((pulse.version,), 1.0)
        yield version
