"""What is usual, for whoever looks beside the daemon: read from kept runs as the centre reads it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from synthmon.judge.baseline import Usual, compares, day_of, is_relative, said, usual_of
from synthmon.model.condition import BASELINE_DAYS
from synthmon.model.probe import Probe
from synthmon.store.interface import Store


def usual(store: Store, probes: Iterable[Probe], start: datetime, end: datetime) -> Mapping[tuple[str, str], Usual]:
    """The days of [start, end) and those before it, of the probes that compare with what is usual."""
    before = start - timedelta(days=BASELINE_DAYS + 1)
    return {
        (probe.name, region.name): usual_of(store.run_rows(probe=probe.name, region=region.name, start=before, end=end))
        for probe in probes
        if compares(probe)
        for region in probe.regions
    }


def tell_usual(store: Store, probe: Probe, now: datetime) -> Iterator[str]:
    """For each rule that asks and each region, what a figure is held against now, or why against nothing."""
    known = usual(store, [probe], now, now)
    for rule in filter(is_relative, probe.alerts):
        for region in probe.regions:
            yield f"{rule.name}, {region.name}: {said(rule, known[probe.name, region.name], day_of(now))}"
