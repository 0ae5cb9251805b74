"""Gauges of what is believed of probes: health, regions, freshness, error budgets, incidents."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from prometheus_client.core import GaugeMetricFamily

from synthmon.model.incident import Health, RegionPhase
from synthmon.model.probe import Severity, Track
from synthmon.web.overview import health_of
from synthmon.web.ports import WebPorts

_WHERE = ("probe", "region")
_UP = {
    RegionPhase.UP: 1.0,
    RegionPhase.SOFT_DOWN: 1.0,  # one failure is not believed yet
    RegionPhase.SOFT_UP: 0.0,
    RegionPhase.DOWN: 0.0,
}
MISSED_WITHIN = timedelta(hours=1)


def beliefs(ports: WebPorts, now: datetime) -> Iterator[GaugeMetricFamily]:
    """Raises `StoreError`."""
    yield _health(ports)
    yield from _regions(ports)
    yield _missed(ports, now)
    yield _incidents(ports)


def _health(ports: WebPorts) -> GaugeMetricFamily:
    health = GaugeMetricFamily(
        "synthmon_probe_health", "1 for the health a probe is believed to have now.", labels=("probe", "health")
    )
    probes = ports.probes()
    believed = health_of(ports.store, probes, ports.now())
    for name in probes:
        for value in Health:
            health.add_metric((name, value.value), float(believed[name].health is value))
    return health


def _regions(ports: WebPorts) -> Iterator[GaugeMetricFamily]:
    up = GaugeMetricFamily(
        "synthmon_probe_up",
        "1 while a probe is believed up in a region, 0 while down; absent: unknown.",
        labels=_WHERE,
    )
    down = GaugeMetricFamily(
        "synthmon_region_down", "1 while a probe is believed down in a region.", labels=(*_WHERE, "track")
    )
    last = GaugeMetricFamily(
        "synthmon_last_run_timestamp_seconds", "Slot of the newest run that was heard of.", labels=_WHERE
    )
    judged = GaugeMetricFamily(
        "synthmon_last_judged_run_timestamp_seconds", "Slot of the newest run that judged the target.", labels=_WHERE
    )
    declared = {(probe.name, region.name) for probe in ports.probes().values() for region in probe.regions}
    for state in ports.store.states():
        where = (state.probe, state.region)
        if where not in declared:
            continue
        for track, belief in state.tracks.items():
            down.add_metric((*where, track.value), float(belief.phase is RegionPhase.DOWN))
        main = state.tracks.get(Track.DOWN)
        phase = main.phase if main else (RegionPhase.UP if state.last_slot else RegionPhase.NEW)
        if phase in _UP:
            up.add_metric(where, _UP[phase])
        heard = max(filter(None, (state.heard_slot, state.last_slot)), default=None)
        if heard is not None:
            last.add_metric(where, heard.timestamp())
        if state.last_slot is not None:
            judged.add_metric(where, state.last_slot.timestamp())
    yield from (up, down, last, judged)


def _missed(ports: WebPorts, now: datetime) -> GaugeMetricFamily:
    family = GaugeMetricFamily(
        "synthmon_missed_slots", "Slots of the last hour for which no run was kept.", labels=_WHERE
    )
    counts = {(probe.name, region.name): 0 for probe in ports.probes().values() for region in probe.regions}
    for slot in ports.store.missed(now - MISSED_WITHIN, now):
        if (slot.probe, slot.region) in counts:
            counts[slot.probe, slot.region] += 1
    for where, count in counts.items():
        family.add_metric(where, count)
    return family


def _incidents(ports: WebPorts) -> GaugeMetricFamily:
    family = GaugeMetricFamily(
        "synthmon_incidents_open", "Incidents that are not resolved.", labels=("track", "severity")
    )
    current = ports.store.incidents(current=True)
    for track in Track:
        for severity in Severity:
            count = sum(one.track is track and one.severity is severity for one in current)
            family.add_metric((track.value, severity.value), count)
    return family


def budgets(ports: WebPorts) -> Iterator[GaugeMetricFamily]:
    """What was counted last of each objective; counting all of them is too much for a scrape."""
    labels = ("probe", "objective")
    left = GaugeMetricFamily(
        "synthmon_error_budget_left_ratio", "Share of an error budget that is left; negative: overspent.", labels=labels
    )
    target = GaugeMetricFamily("synthmon_objective_target_ratio", "What an objective asks for.", labels=labels)
    achieved = GaugeMetricFamily(
        "synthmon_objective_achieved_ratio", "What was achieved over its window; absent: nothing judged.", labels=labels
    )
    counted = GaugeMetricFamily(
        "synthmon_error_budget_counted_timestamp_seconds", "When it was counted.", labels=labels
    )
    for one in ports.budgets():
        where = (one.probe, one.objective)
        target.add_metric(where, one.target)
        counted.add_metric(where, one.at.timestamp())
        if one.left is not None:
            left.add_metric(where, one.left)
        if one.achieved is not None:
            achieved.add_metric(where, one.achieved)
    yield from (left, target, achieved, counted)
