"""Sentences about what stands beside the figures of probes: notifications, what ends soon, hygiene, the watching."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta

from synthmon.model import words
from synthmon.model.incident import Incident
from synthmon.model.quiet import Quiet
from synthmon.reports.figures.beside import Beside
from synthmon.reports.figures.expiring import CERTIFICATE, Expiring
from synthmon.reports.figures.hygiene import Lacking
from synthmon.reports.figures.notices import Told
from synthmon.reports.figures.report import Report
from synthmon.reports.figures.stories import Story
from synthmon.reports.figures.watching import Watching

_STATUS = re.compile(r"status (\d+)(?: \([^)]*\))?, ")  # a reason says "answered 500, " of it
NAMED = 8  # probes that are named where many are meant
REASONS: Mapping[str, str] = {
    "not_running": "nothing ran",
    "no_result": "no result came",
    "late_result": "its result is late",
}


def some(names: Iterable[str]) -> str:
    """`a, b, c and 9 more`."""
    known = list(names)
    shown = ", ".join(known[:NAMED])
    return shown if len(known) <= NAMED else f"{shown} and {len(known) - NAMED} more"


def told(one: Told) -> str:
    """`12 accepted, 1 of them not at the first attempt; 1 given up: connection refused`."""
    retried = f", {one.retried} of them not at the first attempt" if one.retried else ""
    parts = [f"{one.sent} accepted{retried}"]
    parts += [f"{one.waiting} not accepted yet"] if one.waiting else []
    parts += [f"{one.given_up} given up"] if one.given_up else []
    trouble = f": {words.printable(one.error, 200)}" if one.error and (one.waiting or one.given_up) else ""
    return "; ".join(parts) + trouble


def ends(one: Expiring) -> str:
    """`in 12 days`, `today`, `3 days ago`."""
    days = one.left // timedelta(days=1)
    if one.left < timedelta(0):
        return f"{-days} day{'s' if days != -1 else ''} ago"
    return "within a day" if days == 0 else f"in {days} day{'s' if days != 1 else ''}"


def whom(one: Expiring) -> str:
    return f"seen by {some(one.whom)}" if one.kind == CERTIFICATE else f"of the agents in {', '.join(one.whom)}"


def lacking(one: Lacking) -> str:
    """`no runbook: checkout, search`."""
    return f"{one.lack.value}: {some(one.probes)}"


def lasting(quiet: Quiet) -> str:
    """`9 d`, from its beginning to its end."""
    return words.span((quiet.ends_at - quiet.start).total_seconds())


def story(one: Story, reason: str = "") -> str:
    """What the reason does not say already: step and error, release, cause."""
    at = f"at “{words.printable(one.step, 100)}”: " if one.step else ""
    is_news = (one.error or at) and not (one.error and _STATUS.sub(r"answered \1, ", one.error, count=1) in reason)
    parts = [f"{at}{words.printable(one.error, 300)}"] if is_news else []
    parts += [f"release {words.printable(one.release, 60)}"] if one.release else []
    parts += [f"cause: {words.printable(one.cause, 300)}"] if one.cause else []
    return "; ".join(parts)


def evidence(beside: Beside, one: Story) -> str | None:
    """The address of the first bad run, which shows what was sent and answered."""
    return f"{beside.base.rstrip('/')}/runs/{one.run}" if beside.base and one.run else None


def trace(beside: Beside, one: Story) -> str | None:
    return beside.trace_url.replace("{trace_id}", one.trace) if beside.trace_url and one.trace else None


def story_of(report: Report, incident: Incident) -> Story | None:
    return report.beside.stories.get(incident.id) if report.beside else None


def watch(one: Watching) -> Iterator[tuple[str, str]]:
    """What is told of the watching, each with its figure."""
    late = one.late
    if late.count:
        slowest = words.seconds(late.maximum)
        yield "runs began late", f"p50 {_late(one, 0.5)}, p99 {_late(one, 0.99)}, at most {slowest}"
    yield "slots without a run", _counts({REASONS.get(name, name): count for name, count in one.missed.items()})
    yield "runs that could not judge", _counts({kind.value: count for kind, count in one.unjudged.items()})
    begun = some(dict.fromkeys(happened.what for happened in one.terms))
    yield "starts and take-overs of the judge", f"{len(one.terms)} ({begun})" if one.terms else "none"
    yield "clocks that leapt", "; ".join(happened.what for happened in one.jumps[:NAMED]) or "none"


def _late(one: Watching, part: float) -> str:
    return words.seconds(one.late.quantile(part))


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items()) or "none"
