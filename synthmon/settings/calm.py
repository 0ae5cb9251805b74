"""Who is told later, and when nobody is told: escalations and recurring maintenance."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from synthmon.judge.hours import MIDNIGHT, Hours
from synthmon.judge.policy import Level
from synthmon.judge.windows import Window
from synthmon.model.probe import Severity
from synthmon.model.quiet import Selection
from synthmon.probefile.findings import Findings
from synthmon.probefile.node import MapNode, Node
from synthmon.settings.channels import check_texts
from synthmon.settings.format import (
    ConfigPart,
    MaintenancePart,
    MatchPart,
    SelectionPart,
    parse_days,
    parse_hours,
)
from synthmon.settings.values import DeadManSettings
from synthmon.settings.zones import zone_of

OFTEN, SHORTEST = 60.0, 10.0  # seconds

NameCheck = Callable[..., str | None]
"""Takes the name of a channel and the place where it stands, and reports a name that is not known."""


def build_escalations(part: ConfigPart, check: NameCheck) -> dict[str, tuple[Level, ...]]:
    """The levels of each channel, the earliest first."""
    built = {}
    for channel, levels in (part.escalations or {}).items():
        check(channel, "escalations", channel)
        for index, level in enumerate(levels):
            for place, name in enumerate(level.notify):
                check(name, "escalations", channel, index, "notify", place)
        found = (Level(timedelta(seconds=level.after), tuple(dict.fromkeys(level.notify))) for level in levels)
        built[channel] = tuple(sorted(found, key=lambda level: level.after))
    return built


def build_dead_man(part: ConfigPart, node: Node | None, findings: Findings | None) -> DeadManSettings | None:
    """The dead man's switch, its address checked like that of a channel."""
    if part.dead_man is None:
        return None
    if isinstance(node, MapNode) and findings is not None:
        check_texts(node, findings)
        if (place := node.children.get("every")) is not None and (part.dead_man.every or OFTEN) < SHORTEST:
            findings.error("dead-man", "it is called at most every ten seconds", place, "write 10s or more")
    return DeadManSettings(part.dead_man.url, part.dead_man.every or OFTEN)


def build_hours(part: MatchPart | None, zone: str, node: Node | None, findings: Findings | None) -> Hours | None:
    """When a route is taken, if not always; `zone` is that of the reports."""
    if part is None or (part.hours is None and part.days is None):
        if part is not None and part.timezone is not None and isinstance(node, MapNode) and findings is not None:
            message = "a time zone alone says nothing: there are no hours or days"
            findings.error("route", message, node.children["timezone"], "add `hours:` or `days:`, or delete the key")
        return None
    begins, ends = parse_hours(part.hours) if part.hours else (0, MIDNIGHT)
    days = frozenset[int]().union(*map(parse_days, part.days or ["mon-sun"]))
    return Hours(begins, ends, days, zone_of(part.timezone or zone))


def build_windows(part: ConfigPart, zone: str) -> tuple[Window, ...]:
    """The maintenance that recurs; `zone` is that of the reports."""
    return tuple(_window(window, zone) for window in part.maintenance or ())


def _window(part: MaintenancePart, zone: str) -> Window:
    return Window(
        name=part.name,
        covers=selection(part.match),
        rule=part.rrule,
        duration=timedelta(seconds=part.duration),
        zone=zone_of(part.timezone or zone),
        reason=part.reason or "",
    )


def selection(part: SelectionPart | None) -> Selection:
    if part is None:
        return Selection()
    return Selection(part.probe, part.tag, part.owner, Severity(part.severity) if part.severity else None)
