"""What somebody may ask for: a silence or a maintenance of something named, signed, explained and not for ever."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from synthmon.model.incident import Incident
from synthmon.model.probe import Probe
from synthmon.model.quiet import Quiet, QuietKind, Selection
from synthmon.nouns import dataclass

LONGEST = timedelta(days=30)
LONGEST_REASON, LONGEST_NAME = 500, 80  # characters
_A_MOMENT_AGO = timedelta(minutes=1)  # what was typed as `now` is a little earlier when it is read


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with something that was asked for: the field, as forms and commands call it, and why, in words."""

    field: str
    text: str


def wrong_with(quiet: Quiet, now: datetime) -> Wrong | None:
    """Why it cannot be asked for; None: it can."""
    covers, length = quiet.covers, quiet.end - quiet.start
    if covers == Selection():
        return Wrong("probe", "say what is meant: a probe, a tag, an owner or a severity; the probe `*` is every one")
    if quiet.kind is QuietKind.MAINTENANCE and covers.severity is not None:
        return Wrong(
            "severity",
            "maintenance is of probes, whatever the severity of an alert; a silence can be for one severity",
        )
    if not quiet.reason or len(quiet.reason) > LONGEST_REASON:
        return Wrong("reason", f"a reason is needed, of at most {LONGEST_REASON} characters")
    if not quiet.author or len(quiet.author) > LONGEST_NAME:
        return Wrong("author", f"the name of who asks is needed, of at most {LONGEST_NAME} characters")
    if quiet.end <= max(now, quiet.start):
        return Wrong("until", "it would be over before it began: the end must lie after the beginning and after now")
    if quiet.start < now - _A_MOMENT_AGO:
        return Wrong("start", "it cannot begin in the past: what was decided and counted stays as it is")
    if length > LONGEST:
        return Wrong(
            "until", f"it may last {LONGEST.days} days at most; what is for ever is not a silence but a forgotten probe"
        )
    return None


def covered(quiet: Quiet, probes: Iterable[Probe]) -> list[Probe]:
    """Those of the probes that it is about."""
    return [probe for probe in probes if quiet.covers.covers(probe)]


def kept_back(quiet: Quiet, incidents: Iterable[Incident], probes: Iterable[Probe], now: datetime) -> list[Incident]:
    """Of the current incidents those of which nobody hears any more while it holds, but for their end."""
    known = {probe.name: probe for probe in probes}
    return [
        incident
        for incident in incidents
        if quiet.holds(now)
        and incident.current
        and incident.probe in known
        and quiet.covers.covers(known[incident.probe], incident.severity)
    ]
