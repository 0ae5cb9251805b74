"""An incident as a page of Markdown to go on writing: what broke, when, who was told, what it cost, what people found.

The same case gives the same text. Whatever targets or people wrote is text in it, never a link, a heading or HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field

from synthmon.model import words
from synthmon.model.history import RunRow
from synthmon.model.incident import Delivery, DeliveryStatus, Incident, IncidentEvent
from synthmon.model.probe import Objective
from synthmon.nouns import dataclass
from synthmon.reports import wording
from synthmon.reports.figures.counting import Tally

RUNS_SHOWN = 20
_LEADING = re.compile(r"^([-+=]|[0-9]+(?=[.)]))")  # what would begin a list or underline a heading
_ADDRESS = re.compile(r"https?://[!-;=?-~]+")
_SPECIAL = re.compile(r"([\\`*\[\]<>&~|#!@]|(?<![^\W_])_|_(?![^\W_])|(?<=www)\.|:(?=//))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Case:
    """All that is known of an incident. `lost` is what was counted from its beginning to its end, by region.

    `runs` are those of its probe in that time, oldest first; `before` and `after` the good ones on either side.
    `children` are incidents that this one explained. `link_base` None leaves links out.
    """

    incident: Incident
    events: Sequence[IncidentEvent] = ()
    deliveries: Sequence[Delivery] = ()
    runs: Sequence[RunRow] = ()
    before: RunRow | None = None
    after: RunRow | None = None
    lost: Mapping[str, Tally] = field(default_factory=dict)
    objectives: Sequence[Objective] = ()
    children: Sequence[Incident] = ()
    link_base: str | None = None


def markdown(case: Case) -> str:
    """The page; it ends with a line end."""
    sections = (
        [f"# {escaped(wording.headline(case.incident))}", "", *_facts(case)],
        ["## What broke", "", *_broke(case)],
        ["## What it cost", "", *_cost(case)],
        ["## Cause", "", escaped(case.incident.found) if case.incident.found else "Nobody has noted one yet."],
        ["## Who was told, and when", "", *_told(case)],
        ["## Timeline", "", *(_event(event) for event in case.events)],
        ["## Notes", "", *_notes(case.events)],
        ["## Runs", "", *_runs(case)],
    )
    return "\n\n".join("\n".join(section).rstrip("\n") for section in sections) + "\n"


def escaped(text: str) -> str:
    """Text as text: on one line, its control characters visible, nothing in it markup or a link."""
    marked = _SPECIAL.sub(r"\\\1", words.printable(text).strip())
    return _LEADING.sub(lambda found: f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}", marked)


def code(text: str) -> str:
    """Text as it is, in a span of code that nothing in it can end."""
    shown = words.printable(text)
    fence = "`" * (1 + max((len(ticks) for ticks in re.findall(r"`+", shown)), default=0))
    return (
        f"{fence} {shown} {fence}" if shown.startswith("`") or shown.endswith("`") else f"{fence}{shown or ' '}{fence}"
    )


def _facts(case: Case) -> Iterable[str]:
    incident = case.incident
    yield f"- Probe: {_link(case, f'/probes/{incident.probe}', code(incident.probe))}"
    yield f"- Incident: {_link(case, f'/incidents/{incident.id}', code(incident.id))}"
    yield f"- Severity: {incident.severity.value}, rule “{escaped(incident.alert)}”"
    yield f"- Regions: {', '.join(escaped(region) for region in incident.regions)}"
    yield f"- Began: {words.instant(incident.began_at)}"
    known = (incident.opened_at - incident.began_at).total_seconds()
    yield f"- Known: {words.instant(incident.opened_at)}, {words.span(max(0.0, known))} later"
    if incident.acknowledged_at:
        yield f"- Taken on: {words.instant(incident.acknowledged_at)} by {escaped(incident.acknowledged_by or '–')}"
    yield f"- Ended: {_ended(incident)}"
    if incident.parent:
        yield f"- Explained by: an incident of {escaped(incident.parent)}"
    if incident.owner:
        yield f"- Owner: {escaped(incident.owner)}"
    if incident.runbook:
        linked = _ADDRESS.fullmatch(incident.runbook)
        yield f"- Runbook: {f'<{incident.runbook}>' if linked else escaped(incident.runbook)}"
    for child in case.children:
        yield f"- It also broke: {escaped(wording.headline(child))}"


def _ended(incident: Incident) -> str:
    if incident.resolved_at is None:
        return "it goes on"
    length = words.span(max(0.0, (incident.resolved_at - incident.began_at).total_seconds()))
    because = f": {escaped(incident.resolved_because)}" if incident.resolved_because else ""
    return f"{words.instant(incident.resolved_at)}, after {length}{because}"


def _broke(case: Case) -> Iterable[str]:
    cause = case.incident.cause
    if cause.step:
        yield f"- Step: {escaped(cause.step_name or cause.step)} ({code(cause.step)})"
    yield f"- What: {cause.kind.value + ': ' if cause.kind else ''}{escaped(cause.message or '–')}"
    if cause.expected is not None:
        yield f"- Expected: {code(cause.expected)}"
    if cause.actual is not None:
        yield f"- Came: {code(cause.actual)}"
    if cause.phases:
        phases = (f"{escaped(name)} {words.seconds(value)}" for name, value in cause.phases.items())
        yield f"- Phases: {', '.join(phases)}"
    yield f"- Seen by: {_link(case, f'/runs/{cause.run_id}', words.instant(cause.slot))} in {escaped(cause.region)}"


def _cost(case: Case) -> Iterable[str]:
    total = sum(case.lost.values(), Tally())
    if not total.judged_runs:
        return ["No scheduled run was judged in that time."]
    bad = total.bad / max(1, len(case.lost))
    lines = [f"- {total.bad_runs} of {total.judged_runs} scheduled runs failed"]
    lines += [f"- Bad time in {escaped(name)}: {words.span(tally.bad)}" for name, tally in case.lost.items()]
    if total.planned:
        lines.append(f"- {total.planned} runs lay in planned maintenance and count for nothing")
    for objective in case.objectives:
        if objective.within is None:
            allowed = words.span((1 - objective.target) * objective.window)
            aim = f"{wording.target(objective.target)} over {words.span(objective.window)}"
            lines.append(f"- Objective {escaped(objective.name)}, {aim}: {words.span(bad)} of the {allowed} it allows")
    return lines


def _told(case: Case) -> Iterable[str]:
    if case.incident.withheld:
        yield f"- Nobody for now: {escaped(case.incident.withheld)}"
    for delivery in case.deliveries:
        told = delivery.notification
        what = f"{told.occasion.value} to {escaped(told.channel)}"
        yield f"- {words.instant(told.created_at)} {what}: {_delivered(delivery)}"
    if not case.deliveries and not case.incident.withheld:
        yield "Nobody was told."


def _delivered(delivery: Delivery) -> str:
    if delivery.status is DeliveryStatus.SENT:
        return f"accepted {words.instant(delivery.sent_at)}"
    if delivery.waits:
        return delivery.waits
    said = f" ({escaped(delivery.last_error)})" if delivery.last_error else ""
    state = "given up" if delivery.status is DeliveryStatus.DEAD else "not accepted yet"
    return f"{state} after {delivery.attempts} attempt{'s' if delivery.attempts != 1 else ''}{said}"


def _event(event: IncidentEvent) -> str:
    actor = f" ({escaped(event.actor)})" if event.actor else ""
    return f"- {words.instant(event.at)} **{escaped(event.what)}** {escaped(event.text)}{actor}"


def _notes(events: Sequence[IncidentEvent]) -> Sequence[str]:
    notes = [event for event in events if event.what == "note" and event.actor]
    if not notes:
        return ["None."]
    return [f"- {words.instant(event.at)} {escaped(event.actor or '')}: {escaped(event.text)}" for event in notes]


def _runs(case: Case) -> Iterable[str]:
    if case.before:
        yield f"- {_run(case, case.before)}, the last good one before"
    bad = [run for run in case.runs if run.outcome.broken]
    for run in bad[:RUNS_SHOWN]:
        where = f" at {code(run.failed_step)}" if run.failed_step else ""
        yield f"- {_run(case, run)}{where}: {escaped(run.message or '–')}"
    if len(bad) > RUNS_SHOWN:
        yield f"- and {len(bad) - RUNS_SHOWN} more that did not pass"
    if case.after:
        yield f"- {_run(case, case.after)}, the first good one after"
    if not (case.before or bad or case.after):
        yield "None is kept."


def _run(case: Case, run: RunRow) -> str:
    kind = "" if run.kind == "scheduled" else f" {run.kind.value}"
    shown = _link(case, f"/runs/{run.id}", words.instant(run.slot))
    return f"{shown} {escaped(run.region)}{kind}: {run.outcome.value}"


def _link(case: Case, path: str, text: str) -> str:
    return f"[{text}](<{case.link_base}{path}>)" if case.link_base else text
