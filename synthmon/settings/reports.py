"""When which reports are written, and who is sent them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from synthmon.judge.hours import DAYS
from synthmon.model.quiet import Selection
from synthmon.nouns import dataclass
from synthmon.probefile.excerpt import quoted
from synthmon.probefile.findings import Findings
from synthmon.probefile.node import MapNode, Node
from synthmon.reports.figures.period import PeriodKind
from synthmon.settings.calm import NameCheck
from synthmon.settings.format import ConfigPart, DailyPart, ReportMatchPart, ReportsPart, WeeklyPart
from synthmon.settings.values import ChannelSettings, ReportOrder, ReportSettings
from synthmon.settings.zones import zone_of

_KINDS = (PeriodKind.DAY, PeriodKind.WEEK, PeriodKind.MONTH)
_OF_MAIL = ("only_if_something_happened", "format")
_Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Ground:
    """What reports are read against: the channels, where a key stands, and whether a channel's name is known."""

    part: ConfigPart
    channels: Mapping[str, ChannelSettings]
    node: Callable[..., Node | None]
    check: NameCheck
    findings: Findings | None

    @property
    def mail(self) -> list[str]:
        """The channels that send e-mail, also those that something else is wrong with."""
        return [name for name, said in (self.part.channels or {}).items() if "email" in said]

    def recipients(self, name: str | None) -> list[str]:
        """To whom a channel sends; nobody where it is not of that kind, whose module need not be loaded to see that."""
        channel = self.channels.get(name) if name is not None else None
        return list(channel.options.model_dump()["to"]) if channel is not None and channel.kind == "email" else []

    def error(self, message: str, path: _Path, help_: str, *, at_key: bool = False) -> None:
        """Report it at the value, or at its key."""
        node = self.node("reports", *path)
        if at_key and isinstance(above := self.node("reports", *path[:-1]), MapNode):
            node = above.keys.get(str(path[-1]))
        if node is not None and self.findings is not None:
            self.findings.error("report", message, node, help_)


def zone_name(part: ConfigPart) -> str:
    """The time zone in which days are cut."""
    return (part.reports.timezone if part.reports else None) or ReportSettings().timezone


def build_reports(ground: Ground) -> ReportSettings:
    """The reports, each with the channel that sends it; what cannot be sent is reported."""
    zone, said = zone_name(ground.part), ground.part.reports
    orders = [_order(kind, one, path, ground) for kind, path, one in _said(said)] if said else []
    return ReportSettings(zone, zone_of(zone), tuple(orders))


def _said(part: ReportsPart) -> Iterator[tuple[PeriodKind, _Path, DailyPart]]:
    """Each report that is named, of which kind, and where."""
    for kind in _KINDS:
        said = getattr(part, kind.value)
        if isinstance(said, list):
            yield from ((kind, (kind.value, index), one) for index, one in enumerate(said))
        elif said is not None:
            yield kind, (kind.value,), said


def _order(kind: PeriodKind, said: DailyPart, path: _Path, ground: Ground) -> ReportOrder:
    channel = _channel(said, path, ground)
    return ReportOrder(
        kind=kind,
        at=said.at,
        weekday=DAYS.index(said.weekday) if isinstance(said, WeeklyPart) and said.weekday else 0,
        covers=_covers(said.match),
        channel=channel,
        to=tuple(dict.fromkeys(said.to or ground.recipients(channel))),
        only_if=bool(said.only_if_something_happened),
        form=said.format or "html",
    )


def _covers(match: ReportMatchPart | None) -> Selection:
    return Selection(match.probe, match.tag, match.owner) if match else Selection()


def _channel(said: DailyPart, path: _Path, ground: Ground) -> str | None:
    """The e-mail channel that is named, or the only one there is; None where nobody is sent it."""
    if said.channel is not None:
        return _named(said.channel, (*path, "channel"), ground)
    if said.to is not None:
        return _only(path, ground)
    for key in _OF_MAIL:
        if getattr(said, key) is not None:
            message = f"`{key}` is about a mail, and nobody is sent this report"
            ground.error(message, (*path, key), "add `to:`, or delete the key", at_key=True)
    return None


def _named(name: str, path: _Path, ground: Ground) -> str:
    ground.check(name, "reports", *path)
    if name in (ground.part.channels or {}) and name not in ground.mail:
        there = f"write {' or '.join(ground.mail)}" if ground.mail else "define one with `email:` under `channels:`"
        ground.error(f"{quoted(name)} is no e-mail channel, and reports are sent by e-mail", path, there)
    return name


def _only(path: _Path, ground: Ground) -> str | None:
    match ground.mail:
        case [one]:
            return one
        case []:
            ground.error("no channel sends e-mail", (*path, "to"), "define one with `email:` under `channels:`")
        case several:
            help_ = f"name one beside it, like `channel: {several[0]}`"
            ground.error("which of the e-mail channels sends it is not said", (*path, "to"), help_, at_key=True)
    return None
