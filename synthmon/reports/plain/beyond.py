"""One probe beyond its shares and latencies: outages, near misses, comparisons, failing steps, phases, releases."""

from __future__ import annotations

from collections.abc import Iterator

from synthmon.model import words
from synthmon.reports import telling, wording
from synthmon.reports.figures.report import ProbeFigures, Report


def outages(probe: ProbeFigures, report: Report) -> Iterator[str]:
    found = probe.beyond.outages
    yield f"  {telling.outages(found, closed=report.closed)}"
    if found.count:
        yield from (f"    {name}: {figure} ({about})" for name, figure, about in telling.delays(found))


def notes(probe: ProbeFigures, _report: Report) -> Iterator[str]:
    yield from (f"  near miss: {one}" for one in telling.near(probe))
    yield from (f"  slow creep: {telling.creep(one)}" for one in probe.beyond.creeps)
    if probe.cleanup_failed:
        yield f"  {wording.cleanup(probe)}"
    for step, reason in probe.unverified.items():
        yield f"  not verified: the certificate of the target of “{words.printable(step, 100)}”: {reason}"


def regions(probe: ProbeFigures, _report: Report) -> Iterator[str]:
    if len(probe.regions) < 2:
        return
    for region, tally in probe.regions.items():
        due, judged, missed = telling.judged(probe, region)
        shares = f"availability {wording.availability(tally)}, p95 {telling.region_p95(probe, region)}"
        yield f"  {region}: {shares}; {due} due, {judged} judged, {missed} missed, {tally.bad_runs} failed"
    if (disagreement := telling.disagreement(probe)) is not None:
        yield f"  {disagreement}"


def compared(probe: ProbeFigures, _report: Report) -> Iterator[str]:
    if telling.comparable(probe):
        yield from (f"  {telling.compared(one)}" for one in probe.beyond.comparisons)
    elif probe.beyond.comparisons:
        yield "  compared with what was before: not enough data"


def failing(probe: ProbeFigures, _report: Report) -> Iterator[str]:
    _, rows = telling.failing(probe)
    for name, kinds, total in rows:
        said = ", ".join(f"{kind.value} {count}" for kind, count in sorted(kinds.items(), key=lambda one: -one[1]))
        yield f"  failed at “{words.printable(name, 100)}” {total} times: {said}"


def phases(probe: ProbeFigures, report: Report) -> Iterator[str]:
    found = probe.beyond.phases
    if found:
        yield f"  where the time goes, since {telling.since(report, found[0].since)}:"
    yield from (f"    {telling.phases(one)}" for one in found)


def releases(probe: ProbeFigures, report: Report) -> Iterator[str]:
    for one in probe.beyond.releases:
        yield f"  {wording.local(report, one.marker.at)} {telling.released(one)}"
