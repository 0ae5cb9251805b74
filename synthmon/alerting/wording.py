"""A message in words: the lines that every channel shows, in its own dress."""

from __future__ import annotations

from synthmon.model import words
from synthmon.model.incident import Message, Occasion

HEADS = {
    Occasion.TRIGGER: "",
    Occasion.RESOLVE: "RESOLVED ",
    Occasion.ACKNOWLEDGE: "ACKNOWLEDGED ",
    Occasion.TEST: "TEST ",
}


def title(message: Message, limit: int = 200) -> str:
    """One line: what is wrong, or that it is over."""
    text = words.printable(message.title, limit)
    return f"{HEADS[message.occasion]}{text}"


def facts(message: Message) -> list[tuple[str, str]]:
    """What the person on call asks for, in that order: name and value, both printable."""
    said = [
        ("probe", f"{message.probe_title} ({message.probe})"),
        ("since", words.instant(message.began_at)),
        ("resolved", words.instant(message.resolved_at) if message.resolved_at else None),
        ("regions", f"{', '.join(message.regions)} ({message.basis})" if message.basis else ", ".join(message.regions)),
        ("step", f"{message.step_name or message.step} ({message.step})" if message.step else None),
        ("cause", f"{message.cause_kind}: {message.cause}" if message.cause_kind else message.cause),
        ("expected", message.expected),
        ("came", message.actual),
        (
            "time",
            ", ".join(f"{name.replace('_', ' ')} {words.seconds(spent)}" for name, spent in message.phases.items()),
        ),
        ("last good", words.instant(message.last_good_at) if message.last_good_at else None),
        ("severity", message.severity.value),
        ("environment", message.environment),
        ("owner", message.owner),
        ("runbook", message.runbook),
        ("more", message.link),
    ]
    return [(name, words.printable(value, 500)) for name, value in said if value]


def _phases(message: Message) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {words.seconds(spent)}" for name, spent in message.phases.items())


def plain(message: Message) -> str:
    """The whole message as text; what is left when anything finer cannot be rendered."""
    return "\n".join([title(message), "", *[f"{name + ':':<13}{value}" for name, value in facts(message)]])
