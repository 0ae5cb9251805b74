"""What the installation decides about judging and telling; what a probe decides for itself is in its alert rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta

from synthmon.judge.hours import Hours
from synthmon.judge.windows import Window
from synthmon.model.probe import AlertRule, Probe, RegionQuorum, Severity, Track
from synthmon.nouns import dataclass

RANK: Mapping[Severity, int] = {Severity.TICKET: 0, Severity.PAGE: 1}


@dataclass(frozen=True, slots=True)
class Route:
    """Where alerts without `notify` go; what is None matches anything. `hours` are those in which it is taken."""

    channels: tuple[str, ...]
    tag: str | None = None
    owner: str | None = None
    probe: str | None = None
    severity: Severity | None = None
    hours: Hours | None = None

    def matches(self, probe: Probe, severity: Severity, now: datetime) -> bool:
        return (
            (self.tag is None or self.tag in probe.tags)
            and (self.owner is None or self.owner == probe.owner)
            and (self.probe is None or self.probe == probe.name)
            and (self.severity is None or self.severity is severity)
            and (self.hours is None or self.hours.hold(now))
        )


@dataclass(frozen=True, slots=True)
class Level:
    """Who else is told when nobody has taken an incident on `after` so long."""

    after: timedelta
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """`bad_runs` in a row make a region bad on a track without a rule; `good_runs` in a row bring it back on any.

    `link_base` is the address of the pages, such as https://synthmon.example.com; None leaves links out.
    `escalations` are the levels of a channel, the earliest first. An acknowledgement holds for `acknowledged_for`.
    """

    environment: str
    routes: tuple[Route, ...] = ()
    default_channels: tuple[str, ...] = ()
    link_base: str | None = None
    bad_runs: int = 2
    good_runs: int = 2
    min_known: int = 1
    reopen_within: timedelta = timedelta(minutes=15)
    escalations: Mapping[str, tuple[Level, ...]] = field(default_factory=dict)
    acknowledged_for: timedelta = timedelta(hours=8)
    windows: tuple[Window, ...] = ()

    def route(self, probe: Probe, rule: AlertRule, now: datetime, severity: Severity | None = None) -> tuple[str, ...]:
        """Channels that are told: the rule's own, else those of the first route that matches, else the default ones.

        `now` is when that is decided. `severity` is given where it is not the rule's own: a regional outage is told as
        a ticket.
        """
        if rule.notify:
            return rule.notify
        wanted = severity or rule.severity
        found = next((route for route in self.routes if route.matches(probe, wanted, now)), None)
        return found.channels if found else self.default_channels


@dataclass(frozen=True, slots=True)
class Watch:
    """How one track of one probe is judged. `rules` is never empty; `alerting` says whether they come from the probe.

    `memory` is how many judged runs have to be remembered; `window` the longest one of a rule like `3 of 5`, or 0.
    """

    track: Track
    rules: tuple[AlertRule, ...]
    alerting: bool
    good_runs: int
    memory: int = field(init=False)
    window: int = field(init=False)

    def __post_init__(self) -> None:
        counts = [rule for rule in self.rules if rule.condition is None]
        object.__setattr__(self, "memory", max((rule.of for rule in counts), default=1))
        object.__setattr__(self, "window", max((rule.of for rule in counts if not rule.consecutive), default=0))

    def holding(self, recent: tuple[bool, ...]) -> tuple[str, ...]:
        """Names of the rules that count bad runs and whose condition the newest runs of one region meet."""
        counts = (rule for rule in self.rules if rule.condition is None)
        return tuple(rule.name for rule in counts if sum(recent[-rule.of :]) >= rule.at_least)


def watches(probe: Probe, policy: Policy) -> Mapping[Track, Watch]:
    """The tracks that are judged region by region, with the probe's rules.

    Without a rule, `down` and `slow` are still judged, for health, but tell nobody. `cleanup` says nothing of health.
    """
    asked = {rule.track for rule in probe.alerts} & {Track.CLEANUP}
    return {track: _watch(probe, track, policy) for track in (Track.DOWN, Track.SLOW, *asked)}


def _watch(probe: Probe, track: Track, policy: Policy) -> Watch:
    rules = tuple(rule for rule in probe.alerts if rule.track is track)
    if rules:
        return Watch(track, rules, alerting=True, good_runs=policy.good_runs)
    silent = AlertRule("", track, policy.bad_runs, policy.bad_runs, RegionQuorum.MAJORITY, Severity.TICKET)
    return Watch(track, (silent,), alerting=False, good_runs=policy.good_runs)
