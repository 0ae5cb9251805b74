"""How the agents of regions are, as each said last."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from synthmon.web.ports import Presence, WebPorts

Value = Callable[[Presence, datetime], float | None]


def _age(instant: datetime | None, now: datetime) -> float:
    return max(0.0, (now - instant).total_seconds()) if instant else 0.0


# What counts begins again at 0 when an agent starts, as counters do.
_OF_AGENTS: Sequence[tuple[Any, str, str, Value]] = (
    (
        GaugeMetricFamily,
        "synthmon_agent_heard_seconds",
        "How long ago an agent was heard of.",
        lambda one, now: _age(one.heartbeat.at, now),
    ),
    (
        GaugeMetricFamily,
        "synthmon_agent_silent",
        "1 for an agent that was not heard of for too long.",
        lambda one, _: float(one.silent),
    ),
    (
        GaugeMetricFamily,
        "synthmon_agent_spool_depth",
        "Results that an agent has not delivered.",
        lambda one, _: one.heartbeat.spool_depth,
    ),
    (
        GaugeMetricFamily,
        "synthmon_agent_spool_oldest_seconds",
        "How old the oldest of them is; 0 without any.",
        lambda one, now: _age(one.heartbeat.spool_oldest, now),
    ),
    (
        CounterMetricFamily,
        "synthmon_agent_results_dropped",
        "Results lost for want of room.",
        lambda one, _: one.heartbeat.dropped,
    ),
    (
        CounterMetricFamily,
        "synthmon_agent_results_refused",
        "Results that the centre refused.",
        lambda one, _: one.heartbeat.refused,
    ),
    (CounterMetricFamily, "synthmon_agent_runs_due", "Slots that were due.", lambda one, _: one.heartbeat.due),
    (CounterMetricFamily, "synthmon_agent_runs_finished", "Runs that ended.", lambda one, _: one.heartbeat.finished),
    (
        GaugeMetricFamily,
        "synthmon_agent_lateness_seconds",
        "Lateness of runs, 99th percentile.",
        lambda one, _: one.heartbeat.lateness_p99,
    ),
    (
        GaugeMetricFamily,
        "synthmon_agent_clock_offset_seconds",
        "Its clock ahead of the centre's.",
        lambda one, _: one.heartbeat.offset,
    ),
    (GaugeMetricFamily, "synthmon_agent_memory_bytes", "Memory in use.", lambda one, _: one.heartbeat.memory),
    (
        GaugeMetricFamily,
        "synthmon_agent_configuration_differs",
        "1 while it runs with another configuration than the centre.",
        lambda one, _: float(not one.same_configuration),
    ),
)
MOST = 500  # agents that are told of one by one, those not heard of for longest last


def agents(ports: WebPorts, now: datetime) -> Iterator[Metric]:
    """Raises `StoreError`."""
    present = sorted(ports.agents.present(), key=lambda one: one.heartbeat.at, reverse=True)[:MOST]
    for family_of, name, text, value in _OF_AGENTS:
        family = family_of(name, text, labels=("region", "instance"))
        for one in present:
            if (number := value(one, now)) is not None:
                family.add_metric((one.heartbeat.region, one.heartbeat.instance), number)
        yield family
