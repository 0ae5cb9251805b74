"""The sentences and cells of a report: figures in words, never better than the figures are."""

from __future__ import annotations

from datetime import datetime

from synthmon.model import words
from synthmon.model.incident import Incident
from synthmon.model.probe import OWN_TRACKS
from synthmon.reports.figures.budget import ObjectiveFigures, Standing
from synthmon.reports.figures.counting import Tally
from synthmon.reports.figures.report import ENOUGH, ProbeFigures, Report

_STANDINGS = {
    Standing.NO_DATA: "no data",
    Standing.MET: "met so far",
    Standing.BELOW: "below, budget left",
    Standing.MISSED: "missed",
}


def availability(tally: Tally, *, idle: bool = False) -> str:
    """`99.79 %`; 100 % only if nothing was bad and nothing is missing. `idle`: no run was meant to be made."""
    if idle:
        return "nothing due"
    if not tally.judged and not tally.due and tally.planned:
        return "maintenance"
    return _share(tally.availability, tally.bad, tally.coverage)


def success(tally: Tally) -> str:
    return _share(tally.success, tally.bad_runs, tally.coverage)


def _share(value: float | None, bad: float, coverage: float | None) -> str:
    if value is None:
        return "no data"
    if bad == 0:
        return "100 %" if coverage == 1.0 else "no failure seen"
    return words.percent(min(value, 0.9999))


def coverage(tally: Tally) -> str:
    value = tally.coverage
    if value is None:
        return "nothing due"
    return "100 %" if value == 1.0 else words.percent(value, 1)


def enough(tally: Tally) -> bool:
    return (tally.coverage or 0.0) >= ENOUGH


def target(value: float) -> str:
    """An objective as written: `99.9 %`."""
    return f"{value * 100:.6g} %"


def objective_state(figures: ObjectiveFigures) -> str:
    """A word beside the share so far: "met" is never said of a share below the objective."""
    return _STANDINGS[figures.standing]


def achieved(figures: ObjectiveFigures) -> str:
    """What was achieved in the part of the window that has passed."""
    if figures.achieved is None:
        return "nothing judged yet"
    return "no failure so far" if figures.used == 0 else f"{words.percent(min(figures.achieved, 0.9999))} so far"


def budget(figures: ObjectiveFigures) -> str:
    """`22 min used, 21 min left of 43 min`, or what it is overspent by."""
    allowed, used = words.span(figures.allowed), words.span(figures.used)
    if figures.left < 0:
        return f"{used} used, overspent by {words.span(-figures.left)} ({allowed} allowed)"
    return f"{used} used, {words.span(figures.left)} left of {allowed}"


def cleanup(probe: ProbeFigures) -> str:
    """`Cleanup failed in 2 runs, at the step "Cancel the order".`"""
    steps = probe.cleanup_steps
    named = [
        f'"{words.printable(name, 100)}"' + (f" ({runs})" if len(steps) > 1 else "") for name, runs in steps.items()
    ]
    more = f" and {len(named) - 3} more" if len(named) > 3 else ""
    at = f", at the step{'s' if len(named) > 1 else ''} {', '.join(named[:3])}{more}" if named else ""
    return f"Cleanup failed in {probe.cleanup_failed} run{'' if probe.cleanup_failed == 1 else 's'}{at}."


def is_own(incident: Incident) -> bool:
    """Whether it is about synthmon itself."""
    return incident.track in OWN_TRACKS


def headline(incident: Incident) -> str:
    """`Customer can check out is down: step "Pay" answered 500, expected 201`."""
    return f"{incident.probe_title} is {incident.reason}"


def outages(probe: ProbeFigures) -> int:
    """How many outages there were; what only maintenance knew is none."""
    return probe.beyond.outages.count


def stretch(report: Report) -> str:
    """`2026-03-29 00:00 (UTC+01:00) to 2026-03-30 00:00 (UTC+02:00), Europe/Berlin, 23 h: clocks change in it`."""
    start, end = report.period.local(report.period.start), report.period.local(report.period.end)
    changed = ": clocks change in it" if start.utcoffset() != end.utcoffset() else ""
    return f"{_dated(start)} to {_dated(end)}, {report.period.zone}, {words.span(report.period.seconds)}{changed}"


def _dated(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} (UTC{instant.isoformat()[-6:]})"


def completeness(report: Report) -> str:
    """`Closed, last result 23:59:30`, or until when it is known."""
    last = local(report, report.last_result) if report.last_result else "none"
    known = "Closed" if report.closed else f"In progress, known until {local(report, report.known_until)}"
    return f"{known} · last result {last}"


def local(report: Report, instant: datetime) -> str:
    """A time of the period where it is a day, with its date where that is another or the period is longer."""
    there, start = report.period.local(instant), report.period.local(report.period.start)
    one_day = report.period.first == report.period.last and there.date() == start.date()
    return f"{there:%H:%M:%S}" if one_day else f"{there:%Y-%m-%d %H:%M:%S}"


def subject(report: Report) -> str:
    """One line: the worst probe with its figure and objective, or that all is well; and synthmon's own troubles."""
    own = len(report.own)
    return _subject(report) + (f"; {own} trouble{'s' if own > 1 else ''} of synthmon itself" if own else "")


def _subject(report: Report) -> str:
    if not report.probes:
        return "no probes"
    bad = [probe for probe in report.probes if not probe.fine]
    if not bad:
        count = len(report.probes)
        return ("" if count == 1 else "both probes " if count == 2 else f"all {count} probes ") + "fine, no outage"
    text = "; ".join(_subject_of(probe) for probe in bad[:3])
    return text + (f"; {len(bad) - 3} more" if len(bad) > 3 else "")


def all_fine(report: Report) -> bool:
    """Whether the report has nothing to complain of; one without probes says nothing either way."""
    return all(probe.fine for probe in report.probes)


def _subject_of(probe: ProbeFigures) -> str:
    first = next((figures for figures in probe.objectives if figures.objective.within is None), None)
    aim = f" (objective {target(first.objective.target)})" if first else ""
    share = availability(probe.total, idle=probe.idle)
    parts = [f"{' ' if share[0].isdigit() else ': '}{share}{aim}", *_spells(probe)]
    if not probe.trusted:
        parts.append(f"coverage {coverage(probe.total)}")
    missed = next((figures for figures in probe.objectives if figures.met is False), None)
    if missed is not None and not probe.total.bad and len(parts) == 1:  # nothing else says why it is not fine
        parts.append(f"objective {missed.objective.name} missed over {words.span(missed.objective.window)}")
    return probe.name + ", ".join(parts)


def _spells(probe: ProbeFigures) -> list[str]:
    down = outages(probe)
    slow = len(probe.unexcused) - down
    said = [f"{down} outage{'s' if down > 1 else ''}"] if down else []
    return [*said, f"{slow} slow spell{'s' if slow > 1 else ''}"] if slow else said


def whom(incident: Incident) -> str:
    """Who was told of it, or why nobody was."""
    if incident.told:
        return ", ".join(incident.told)
    return "nobody yet" if incident.withheld and incident.current else "nobody"


def groups(report: Report) -> list[tuple[str, str, list[ProbeFigures]]]:
    """Three lists, worst first: key, heading, probes."""
    headings = {
        "down": "Down now" if not report.closed else "Down at the end",
        "was": "Was down",
        "up": "Was not down",
    }
    found: dict[str, list[ProbeFigures]] = {key: [] for key in headings}
    for probe in report.probes:
        found["down" if probe.down_now else "was" if probe.was_down or outages(probe) else "up"].append(probe)
    return [(key, heading, found[key]) for key, heading in headings.items()]


def planned(probe: ProbeFigures) -> str:
    """`Maintenance for 2 h: 120 runs in it count in no figure.`"""
    runs = probe.total.planned
    said = f"{runs} run{' in it counts' if runs == 1 else 's in it count'} in no figure" if runs else "no run was due"
    return f"Maintenance for {words.span(probe.planned)}: {said}."


def incident_length(incident: Incident, report: Report) -> str:
    end = incident.held_since or incident.resolved_at or report.known_until
    text = words.span(max(0.0, (end - incident.began_at).total_seconds()))
    return text if incident.resolved_at or incident.held_since else f"{text} so far"
