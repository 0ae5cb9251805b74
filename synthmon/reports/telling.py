"""Sentences and cells about outages, comparisons, trends and releases; what there is no figure of is `–`, never 0."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from synthmon.model import words
from synthmon.model.run import FailureKind, Outcome
from synthmon.reports import beside_words, wording
from synthmon.reports.figures.budget import Standing
from synthmon.reports.figures.compare import Change, Comparison, Turn
from synthmon.reports.figures.creep import Creep
from synthmon.reports.figures.expiring import certificates
from synthmon.reports.figures.latency import JOURNEY
from synthmon.reports.figures.outages import Delay, Outages
from synthmon.reports.figures.past import Day
from synthmon.reports.figures.phases import StepPhases
from synthmon.reports.figures.releases import Marker, Released
from synthmon.reports.figures.report import ProbeFigures, Report

NOTABLE = 12  # remarks at the top of a report
SLOWER = 0.25  # of p95, above which it is remarked on there
FLAKY = 0.01  # of the judged runs
PHASES: Mapping[str, str] = {
    "dns": "DNS",
    "connect": "connect",
    "tls": "TLS",
    "send": "send",
    "first_byte": "first byte",
    "transfer": "transfer",
}


def length(value: float | None) -> str:
    """`12 min 05 s`, or `–` for what there is none of."""
    return "–" if value is None else words.span(value)


def delay(value: Delay) -> str:
    """The mean, and the longest where they differ: `1 min 10 s (at most 2 min)`."""
    return length(value.mean) + (f" ({most})" if (most := at_most(value)) else "")


def at_most(value: Delay) -> str:
    """`at most 2 min`, where the mean does not say it."""
    longest = words.span(value.longest)
    return f"at most {longest}" if value.count > 1 and longest != length(value.mean) else ""


def delays(found: Outages) -> tuple[tuple[str, str, str], ...]:
    """Name, mean, and from when to when it is counted with the longest, as a report lists them."""
    named = (
        ("To detect", found.detect, "first failure to judgement"),
        ("To page", found.page, "judgement to first accepted notification"),
        ("To acknowledge", found.acknowledge, "judgement to somebody"),
        ("MTTR", found.repair, "first failure to recovery"),
    )
    means = ((name, length(value.mean), _joined(about, at_most(value))) for name, value, about in named)
    return (*means, ("MTBF", length(found.mtbf), "working time by outages begun"))


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def outages(found: Outages, *, closed: bool) -> str:
    """`2 outages, 1 h in all, the longest 50 min; 1 began before; 1 not over`."""
    if not found.count:
        return "no outage"
    several = found.count > 1
    said = f"{found.count} outage{'s' if several else ''}, {words.span(found.total)}"
    said += f" in all, the longest {length(found.longest)}" if several else ""
    before = found.count - found.began
    said += f"; {before} began before" if before else ""
    return said + (f"; {found.lasting} not over{' at the end' if closed else ''}" if found.lasting else "")


def unmeasured(probe: ProbeFigures) -> str | None:
    """How many good runs count in no latency, so that shares of those that do are understood."""
    whole = next((step for step in probe.steps if step.id == JOURNEY), None)
    if whole is None:
        return None
    good = sum(count for outcome, count in whole.outcomes.items() if outcome.good)
    left = good - whole.latency.count
    if left <= 0:
        return None
    return f"{left} of {good} good runs count{'s' if left == 1 else ''} in no latency: what measured had stalled"


def states(probe: ProbeFigures) -> list[tuple[str, str]]:
    """The five states of health with hours, minutes and seconds that add up to what is known of the period."""
    spent = {state.value: seconds for state, seconds in probe.states.items()}
    spent["maintenance"] = probe.planned
    order = ("up", "degraded", "down", "maintenance", "unknown")
    whole = _whole({state: spent.get(state, 0.0) for state in order})
    return [(state, _clock(seconds)) for state, seconds in whole.items()]


def _whole(spent: Mapping[str, float]) -> dict[str, int]:
    """In whole seconds whose sum is the rounded sum: the largest remainders are rounded up."""
    floors = {state: int(seconds) for state, seconds in spent.items()}
    missing = round(sum(spent.values())) - sum(floors.values())
    for state in sorted(spent, key=lambda state: floors[state] - spent[state])[:missing]:
        floors[state] += 1
    return floors


def _clock(seconds: int) -> str:
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


# Comparisons


def arrow(change: Change) -> str:
    """Up or down as the figure went, whatever that means; nothing where nothing is told."""
    if change.turn in {Turn.SAME, Turn.UNKNOWN}:
        return "=" if change.turn is Turn.SAME else ""
    return "↑" if change.more else "↓"


def of_availability(change: Change) -> str:
    """`0.21 points better`, `as before`, `not enough data`."""
    if change.turn is Turn.UNKNOWN or change.difference is None:
        return "not enough data"
    if change.turn is Turn.SAME:
        return "as before"
    return f"{max(0.01, abs(100 * change.difference)):.2f} points {change.turn.value}"


def of_latency(change: Change) -> str:
    """`35 % slower`, `twice as slow` is left to the reader; `as before`, `not enough data`."""
    if change.turn is Turn.UNKNOWN or change.ratio is None:
        return "not enough data"
    if change.turn is Turn.SAME:
        return "as before"
    return f"{abs(100 * change.ratio):.0f} % {'slower' if change.more else 'quicker'}"


def compared(one: Comparison) -> str:
    """A line of text: `against the day before: availability ↓ 0.21 points worse, p95 = as before`."""
    if not one.known:
        return f"against {one.baseline.name}: not enough data"
    told = _worded("availability", arrow(one.availability), of_availability(one.availability))
    return f"against {one.baseline.name}: {told}, {_worded('p95', arrow(one.p95), of_latency(one.p95))}"


def _worded(*words_: str) -> str:
    return " ".join(word for word in words_ if word)


def comparable(probe: ProbeFigures) -> bool:
    """Whether there is enough data to compare it with anything."""
    return any(one.known for one in probe.beyond.comparisons)


# Trends, near misses, disagreements


def creep(one: Creep) -> str:
    """`p95 of the journey rose from 260 ms to 390 ms in 14 days; at that rate its budget … is reached in …`."""
    whose = f"step “{words.printable(one.name, 100)}”" if one.step else "the journey"
    said = f"p95 of {whose} rose from {words.seconds(one.then)} to {words.seconds(one.now)} in {one.days} days"
    if one.left is None:
        return f"{said}; it has no budget"
    days = max(0, round(one.left))
    return f"{said}; at that rate its budget of {words.seconds(one.budget)} is reached in {_number(days, 'day')}"


def near(probe: ProbeFigures) -> list[str]:
    """Soft failures, flaky runs and flapping, one sentence each."""
    misses = probe.beyond.near
    said = []
    if misses.soft:
        said.append(f"{_number(misses.soft, 'run')} failed outside of any outage")
    if probe.flaky:
        said.append(f"{_number(probe.flaky, 'run')} passed only after a retry (flaky)")
    if misses.flapping:
        said.append(f"flapping: went down {misses.flaps} times")
    return said


def disagreement(probe: ProbeFigures) -> str | None:
    """`Regions disagree: 12 of 30 failed runs in eu failed while another region passed.`; None where they agree."""
    found = probe.beyond.disagreements or {}
    said = [
        f"{count} of {_number(probe.regions[region].bad_runs, 'failed run')} in {region}"
        for region, count in found.items()
        if count and region in probe.regions
    ]
    return f"Regions disagree: {', '.join(said)} failed while another region passed" if said else None


def notable(report: Report) -> tuple[list[tuple[ProbeFigures, str]], int]:
    """What is worth a look though nobody was told of it, a line a probe, worst first; and how many are left out."""
    ending = _ending(report)
    remarks = ((probe, [*ending.get(probe.name, ()), *_remarks(probe)]) for probe in report.probes)
    said = [(probe, "; ".join(found)) for probe, found in remarks if found]
    return said[:NOTABLE], max(0, len(said) - NOTABLE)


def _ending(report: Report) -> dict[str, list[str]]:
    """The certificates that end within two weeks, each told with the first probe that meets it."""
    found: dict[str, list[str]] = {}
    for one in certificates({probe.name: probe.certificates for probe in report.probes}, report.known_until):
        if one.urgent:
            ending = "ended" if one.left < timedelta(0) else "ends"
            found.setdefault(one.whom[0], []).append(f"the certificate of {one.name} {ending} {beside_words.ends(one)}")
    return found


def _remarks(probe: ProbeFigures) -> Iterator[str]:
    yield from (creep(one) for one in probe.beyond.creeps[:2])
    misses, first = probe.beyond.near, next((one for one in probe.beyond.comparisons if one.known), None)
    if first is not None and first.p95.turn is Turn.WORSE and (first.p95.ratio or 0.0) >= SLOWER:
        yield f"p95 is {of_latency(first.p95)} than {first.baseline.name}"
    if misses.flapping:
        yield f"went down {misses.flaps} times"
    if (disagrees := disagreement(probe)) is not None:
        yield disagrees[:1].lower() + disagrees[1:]
    elif misses.soft:
        yield f"{_number(misses.soft, 'run')} failed outside of any outage"
    if probe.flaky >= max(1.0, FLAKY * probe.total.judged_runs):
        yield f"{_number(probe.flaky, 'run')} passed only after a retry"


# Releases


def marker(one: Marker) -> str:
    """`release 1.4.2 (before: 1.4.1)`, or that the probe's file changed."""
    if one.release is None:
        return "the probe's file changed"
    before = f" (before: {words.printable(one.before, 60)})" if one.before else ""
    return f"release {words.printable(one.release, 60)}{before}"


def beside(one: Released) -> tuple[tuple[str, str], ...]:
    """Availability, p95 and failed runs, each before and after."""
    return tuple(zip(_side(one.before), _side(one.after), strict=True))


def _side(one: Day | None) -> tuple[str, str, str]:
    if one is None:
        return ("–", "–", "–")
    p95 = words.seconds(one.journey.latency.quantile(0.95))
    return (wording.availability(one.tally), p95, f"{one.tally.bad_runs} of {one.tally.judged_runs}")


def hours(one: Day | None) -> str:
    """How long a side is: `6`, `2.5`."""
    return "–" if one is None else f"{(one.end - one.start).total_seconds() / 3600:.2g}"


def released(one: Released) -> str:
    """`release 2 (before: 1): availability 100 % → 99.79 %, p95 210 ms → 300 ms, failed 0 of 360 → 3 of 360`."""
    names = ("availability", "p95", "failed")
    told = (f"{name} {before} → {after}" for name, (before, after) in zip(names, beside(one), strict=True))
    return f"{marker(one.marker)}: {', '.join(told)} ({hours(one.before)} h → {hours(one.after)} h)"


# Steps


def over_budget(count: int, of: int) -> str:
    """`12 (0.83 %)`: how many were slower than the budget; never 0 % of what is more than none."""
    if not count:
        return "none"
    return f"{count} ({max(0.01, 100 * count / of):.2f} %)" if of else f"{count}"


def failing(probe: ProbeFigures) -> tuple[tuple[FailureKind, ...], list[tuple[str, Mapping[FailureKind, int], int]]]:
    """Which steps failed of what: the kinds, most frequent first, and for each step its counts and their sum."""
    steps = [step for step in probe.steps if step.id and step.kinds]
    totals: dict[FailureKind, int] = {}
    for step in steps:
        for kind, count in step.kinds.items():
            totals[kind] = totals.get(kind, 0) + count
    kinds = tuple(sorted(totals, key=lambda kind: (-totals[kind], kind.value)))
    rows = [(step.name, dict(step.kinds), sum(step.kinds.values())) for step in steps]
    return kinds, sorted(rows, key=lambda row: -row[2])


def phases(one: StepPhases) -> str:
    """`Pay: DNS 1 ms, connect 2 ms, first byte 180 ms; 183 ms in all, most of it first byte`."""
    parts = ", ".join(f"{PHASES[name]} {words.seconds(spent.mean)}" for name, spent in one.phases.items())
    return f"{words.printable(one.name, 100)}: {parts}; {words.seconds(one.mean)} in all, most of it {PHASES[one.most]}"


def since(report: Report, at: datetime) -> str:
    """The local day of an instant: `21 November`."""
    return f"{report.period.local(at):%-d %B}"


def known(report: Report) -> str:
    """How long that is which states add up to: the period, or its part that is known."""
    return _clock(round((report.known_until - report.period.start).total_seconds()))


def objectives(report: Report) -> tuple[str, str] | None:
    """`3 of 4 met` and what became of the others; None where there is none."""
    standings = [one.standing for probe in report.probes for one in probe.objectives]
    if not standings:
        return None
    others = [(standing, standings.count(standing)) for standing in (Standing.MISSED, Standing.BELOW, Standing.NO_DATA)]
    said = ", ".join(f"{count} {_STANDING[standing]}" for standing, count in others if count)
    return f"{standings.count(Standing.MET)} of {len(standings)} met", said or "none missed"


_STANDING = {Standing.MISSED: "missed", Standing.BELOW: "below, budget left", Standing.NO_DATA: "without data"}


def region_p95(probe: ProbeFigures, region: str) -> str:
    """Of whole journeys there; `–` where none is known."""
    steps = probe.region_steps.get(region, {})
    return words.seconds(steps[JOURNEY].latency.quantile(0.95)) if JOURNEY in steps else "–"


def alone(probe: ProbeFigures, region: str) -> str:
    """How many runs failed there while another region passed."""
    found = probe.beyond.disagreements
    return "–" if found is None or region not in found else str(found[region] or "–")


def judged(probe: ProbeFigures, region: str) -> tuple[int, int, int]:
    """Of a region: due, judged and missed runs."""
    tally = probe.regions[region]
    return tally.due, tally.judged_runs, (tally.by_outcome or {}).get(Outcome.MISSED, 0)


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
