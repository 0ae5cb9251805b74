"""How synthmon itself is: its loops, what waits, its channels and regions, who judges."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from synthmon.model.probe import Track
from synthmon.web.ports import Pulse, Traces, WebPorts


def daemon(pulse: Pulse, ports: WebPorts) -> Iterator[Metric]:
    """What is known without the database."""
    last_turn = pulse.last_turn_at
    for name, text, value in (
        ("synthmon_up", "1 while every loop of the daemon lives.", float(not pulse.troubles)),
        ("synthmon_runs_running", "Runs under way.", float(pulse.running)),
        ("synthmon_workers", "Worker threads.", float(pulse.workers)),
        ("synthmon_results_waiting", "Results that are not kept yet.", float(pulse.waiting)),
        ("synthmon_interpreter_lag_seconds", "Worst recent interpreter lag.", pulse.lag),
        ("synthmon_configuration_refused", "1 while changed files are refused.", float(bool(ports.config_problems()))),
        ("synthmon_leader", "1 while this process judges.", float(bool(pulse.leader and pulse.leader.itself))),
        (
            "synthmon_leadership_epoch",
            "The number of the newest term of leadership.",
            float(pulse.leader.term.epoch if pulse.leader else 0),
        ),
        ("synthmon_started_timestamp_seconds", "When the daemon started.", pulse.started_at.timestamp()),
    ):
        yield GaugeMetricFamily(name, text, value)
    yield CounterMetricFamily(
        "synthmon_results_dropped", "Results lost because the database was away.", float(pulse.dropped)
    )
    if last_turn is not None:
        yield GaugeMetricFamily(
            "synthmon_judge_last_turn_timestamp_seconds", "When the judge last ended a turn.", last_turn.timestamp()
        )
    if pulse.traces is not None:
        yield from _traces(pulse.traces)
    version = GaugeMetricFamily("synthmon_build_info", "Always 1; the version is a label.", labels=("version",))
    version.add_metric((pulse.version,), 1.0)
    yield version


def _traces(traces: Traces) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "synthmon_traces_failing", "1 while the collector of traces takes nothing.", float(traces.trouble is not None)
    )
    yield GaugeMetricFamily("synthmon_traces_waiting", "Runs that are not exported yet.", float(traces.waiting))
    yield CounterMetricFamily("synthmon_traces_sent", "Runs that were exported as traces.", float(traces.sent))
    yield CounterMetricFamily(
        "synthmon_traces_dropped", "Runs that were not exported for want of room.", float(traces.dropped)
    )


def outbox(ports: WebPorts, now: datetime) -> Iterator[Metric]:
    """Raises `StoreError`."""
    yield GaugeMetricFamily(
        "synthmon_notifications_owed", "Notifications that are not delivered yet.", ports.store.owed()
    )
    since = ports.store.owed_since()
    yield GaugeMetricFamily(
        "synthmon_notifications_owed_oldest_seconds",
        "How long ago the oldest of them was decided; 0 without any.",
        max(0.0, (now - since).total_seconds()) if since else 0.0,
    )
    current = ports.store.incidents(current=True)
    for name, text, label, track in (
        ("synthmon_channel_failing", "1 for a channel that refuses messages.", "channel", Track.NOTIFY),
        ("synthmon_region_silent", "1 for a region of which nothing is heard, or whose agents are unwell.", "region",
         Track.REGION),
    ):  # fmt: skip
        family = GaugeMetricFamily(name, text, labels=(label,))
        for subject in sorted({one.probe for one in current if one.track is track}):
            family.add_metric((subject,), 1.0)
        yield family
