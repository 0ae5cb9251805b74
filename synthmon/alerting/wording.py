"""A message in words: the lines that every channel shows, in its own dress."""

from __future__ import annotations

from synthmon.alerting.group import GroupMessage, name_of
from synthmon.model import words
from synthmon.model.incident import Message, Occasion
from synthmon.model.probe import OWN_TRACKS, Track

HEADS = {
    Occasion.TRIGGER: "",
    Occasion.RESOLVE: "RESOLVED ",
    Occasion.ACKNOWLEDGE: "",  # `checkout: acknowledged by maria` says so itself
    Occasion.TEST: "TEST ",
}
MEMBERS_TOLD = 20  # of a group, each in a line
NAMED_REGIONS = 3  # more are counted: a title is read on a telephone


def title(message: Message, limit: int = 200) -> str:
    """One line: `checkout is down: step "Pay" answered 500, expected 201 [eu-west]`, or that it is over."""
    place = "" if message.occasion in {Occasion.RESOLVE, Occasion.ACKNOWLEDGE} else _place(message)
    return f"{HEADS.get(message.occasion, '')}{words.printable(message.title, limit)}{place}"


def _place(message: Message) -> str:
    """Where, unless the title says so itself (`down in eu-west only`)."""
    regions = message.regions
    if not regions or f" in {', '.join(regions)} only" in message.title:
        return ""
    named = ", ".join(regions) if len(regions) <= NAMED_REGIONS else f"{len(regions)} regions"
    return f" [{words.printable(named, 100)}]"


def facts(message: Message, limit: int = 500) -> list[tuple[str, str]]:
    """What the person on call asks for, in that order: name and value, both printable, values of limited length.

    Of a group all members are named, in as many values as that takes; they have the same name.
    """
    if isinstance(message, GroupMessage):
        return _facts_of_group(message, limit)
    regions = ", ".join(message.regions)
    own = message.track in OWN_TRACKS  # what it is about has a name for programs only, such as `*`
    said = [
        ("about", message.probe_title) if own else ("probe", f"{message.probe_title} ({message.probe})"),
        ("step", f"{message.step_name or message.step} ({message.step})" if message.step else None),
        ("cause", f"{message.cause_kind}: {message.cause}" if message.cause_kind else message.cause),
        ("expected", message.expected),
        ("came", message.actual),
        ("regions", f"{regions} ({message.basis})" if message.basis else regions),
        ("since", words.instant(message.began_at)),
        ("resolved", words.instant(message.resolved_at) if message.resolved_at else None),
        ("last good", words.instant(message.last_good_at) if message.last_good_at else None),
        ("time", _phases(message)),
        ("severity", message.severity.value),
        ("environment", message.environment),
        ("owner", message.owner),
        ("runbook", message.runbook),
        ("more", message.link),
    ]
    return [(name, words.printable(value, limit)) for name, value in said if value]


def details(message: Message, limit: int = 100_000) -> dict[str, str]:
    """The facts by name, for receivers that take each name once; what a group names many times is joined."""
    found: dict[str, str] = {}
    for name, value in facts(message):
        found[name] = f"{found[name]}, {value}" if name in found else value
    return {name: value if len(value) <= limit else f"{value[: limit - 1]}…" for name, value in found.items()}


def _facts_of_group(group: GroupMessage, limit: int) -> list[tuple[str, str]]:
    over = group.occasion is Occasion.RESOLVE
    kinds = {track: "over" if over else track.value for track in Track}
    said: list[tuple[str, str | None]] = [("incidents", group.probe)]
    for track, name in kinds.items():
        probes = dict.fromkeys(name_of(told.message) for told in group.members if told.message.track is track)
        said += [(name, lines) for lines in _packed([words.printable(probe, 100) for probe in probes], limit)]
    said += [
        ("regions", ", ".join(group.regions)),
        ("since", words.instant(group.began_at)),
        ("severity", group.severity.value),
        ("environment", group.environment),
        ("more", group.link),
    ]
    return [(name, words.printable(value, limit)) for name, value in said if value]


def _packed(named: list[str], limit: int) -> list[str]:
    """The names, comma after comma, in texts no longer than the limit."""
    lines: list[str] = []
    for name in named:
        if lines and len(lines[-1]) + 2 + len(name) <= limit:
            lines[-1] += f", {name}"
        else:
            lines.append(name)
    return lines


def _phases(message: Message) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {words.seconds(spent)}" for name, spent in message.phases.items())


def body(message: Message) -> str:
    """The facts as text, one a line."""
    return "\n".join(f"{name + ':':<13}{value}" for name, value in facts(message))


def plain(message: Message) -> str:
    """The whole message as text; what is left when anything finer cannot be rendered. A group says why of each."""
    said = "\n".join(f"- {line}" for line in reasons(message))
    return f"{title(message)}\n\n{body(message)}" + (f"\n\n{said}" if said else "")


def reasons(message: Message) -> list[str]:
    """Why each incident of a group is one, in a line; nothing of a single one, whose title says so."""
    if not isinstance(message, GroupMessage):
        return []
    said = [title(member.message) for member in message.members[:MEMBERS_TOLD]]
    more = len(message.members) - len(said)
    return [*said, *([f"and {more} more"] if more else [])]
