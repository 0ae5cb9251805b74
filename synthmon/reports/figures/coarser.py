"""From quarters to hours, and from those to days: rollups that are merged, and the same whichever way they were cut."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from synthmon.model.histogram import Histogram
from synthmon.model.rollup import EVERYWHERE, Detail, Rollup, Spell, Within
from synthmon.model.run import Outcome
from synthmon.model.stepsums import StepFigures, in_order, merge_steps
from synthmon.reports.figures.counting import exact
from synthmon.reports.figures.met import in_a_row
from synthmon.reports.figures.rolling import knows


def merged(rollups: Iterable[Rollup], bucket: datetime, until: datetime) -> list[Rollup]:
    """One rollup for each probe and region of those that begin in [bucket, until), ordered by both."""
    parts: dict[tuple[str, str], list[Rollup]] = defaultdict(list)
    for one in rollups:
        if bucket <= one.bucket < until:
            parts[one.probe, one.region].append(one)
    return [_merged(sorted(parts[key], key=lambda one: one.bucket), bucket, until) for key in sorted(parts)]


def totals(rollups: Iterable[Rollup], bucket: datetime, until: datetime) -> list[Rollup]:
    """One for each probe, all regions together, of those that begin in [bucket, until)."""
    ordered = sorted(rollups, key=lambda one: (one.bucket, one.region))
    return merged((replace(one, region=EVERYWHERE) for one in ordered), bucket, until)


def _merged(parts: Sequence[Rollup], bucket: datetime, until: datetime) -> Rollup:
    outcomes: Counter[Outcome] = Counter()
    latency = Histogram()
    for one in parts:
        outcomes.update(one.outcomes)
        latency.merge(one.latency)
    judged = sorted((one for one in parts if one.judged is not None), key=lambda one: (one.judged, one.region))
    return Rollup(
        bucket=bucket,
        probe=parts[0].probe,
        region=parts[0].region,
        outcomes=dict(outcomes),
        due=sum(one.due for one in parts),
        planned=sum(one.planned for one in parts),
        good=exact(sum(one.good for one in parts)),
        bad=exact(sum(one.bad for one in parts)),
        flaky=sum(one.flaky for one in parts),
        cleanup_failed=sum(one.cleanup_failed for one in parts),
        journeys=latency,
        over_budget=sum(one.over_budget for one in parts),
        budget=judged[-1].budget if judged else None,
        until=until,
        last=max((one.last for one in parts if one.last is not None), default=None),
        judged=judged[-1].judged if judged else None,
        told=merged_details(parts),
    )


def merged_details(parts: Sequence[Rollup]) -> Detail:
    """`parts` in the order in which what is newer replaces what is older."""
    steps: dict[str, StepFigures] = {}
    cleanup: Counter[str] = Counter()
    unverified: dict[str, str] = {}
    certificates: dict[str, datetime] = {}
    late, failed, spells = Histogram(), list[datetime](), list[Spell]()
    for detail in (one.detail for one in parts):
        merge_steps(steps, detail.steps)
        cleanup.update(detail.cleanup)
        unverified.update(detail.unverified)
        certificates.update(detail.certificates)
        late.merge(detail.late)
        failed += detail.failed
        spells += detail.releases
    return Detail(
        in_order(steps.values()),
        dict(cleanup),
        unverified,
        certificates,
        _within(parts),
        late,
        tuple(failed),
        in_a_row(spells),
    )


def _within(parts: Sequence[Rollup]) -> Mapping[float, Within]:
    """Of the bounds that all parts know."""
    bounds = sorted({bound for one in parts for bound in one.detail.within})
    known = [bound for bound in bounds if all(knows(one, bound) for one in parts)]
    return {bound: _sum(one.detail.within.get(bound, Within()) for one in parts) for bound in known}


def _sum(parts: Iterable[Within]) -> Within:
    each = tuple(parts)
    return Within(exact(sum(one.good for one in each)), sum(one.runs for one in each))
