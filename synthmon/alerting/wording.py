"""A message in words: the lines that every channel shows, in its own dress."""

from __future__ import annotations

from synthmon.model import words
from synthmon.model.incident import Message, Occasion

HEADS = {
    Occasion.TRIGGER: "",
    Occasion.RESOLVE: "RESOLVED ",
    Occasion.ACKNOWLEDGE: "",  # `checkout: acknowledged by maria` says so itself
    Occasion.TEST: "TEST ",
}
NAMED_REGIONS = 3  # more are counted: a title is read on a telephone


def title(message: Message, limit: int = 200) -> str:
    """One line: `checkout is down: step "Pay" answered 500, expected 201 [eu-west]`, or that it is over."""
    place = _place(message) if message.occasion in {Occasion.TRIGGER, Occasion.TEST} else ""
    return f"{HEADS[message.occasion]}{words.printable(message.title, limit)}{place}"


def _place(message: Message) -> str:
    """Where, unless the title says so itself (`down in eu-west only`)."""
    regions = message.regions
    if not regions or f" in {', '.join(regions)} only" in message.title:
        return ""
    named = ", ".join(regions) if len(regions) <= NAMED_REGIONS else f"{len(regions)} regions"
    return f" [{words.printable(named, 100)}]"


def facts(message: Message, limit: int = 500) -> list[tuple[str, str]]:
    """What the person on call asks for, in that order: name and value, both printable, values of limited length."""
    regions = ", ".join(message.regions)
    said = [
        ("probe", f"{message.probe_title} ({message.probe})"),
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


def _phases(message: Message) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {words.seconds(spent)}" for name, spent in message.phases.items())


def body(message: Message) -> str:
    """The facts as text, one a line."""
    return "\n".join(f"{name + ':':<13}{value}" for name, value in facts(message))


def plain(message: Message) -> str:
    """The whole message as text; what is left when anything finer cannot be rendered."""
    return f"{title(message)}\n\n{body(message)}"
