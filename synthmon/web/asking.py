"""From the words of a form or of the command line to a silence or a maintenance, or to what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from synthmon.judge.asking import wrong_with
from synthmon.language.duration import parse_duration
from synthmon.model.probe import Severity
from synthmon.model.quiet import Quiet, QuietKind, Selection

FIELDS = ("kind", "probe", "tag", "owner", "severity", "start", "for", "until", "reason", "author")


class Refused(ValueError):
    """What is wrong with what was asked for, in words for people, and with which field."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


def read(words: Mapping[str, str], now: datetime) -> Quiet:
    """What was asked for; raises `Refused`.

    `start` and `until` are instants (ISO 8601, UTC unless they say otherwise), `for` a duration; without `start` it
    begins now.
    """
    said = {name: words.get(name, "").strip() for name in FIELDS}
    start = _at("start", "start", said) if said["start"] else now
    quiet = Quiet(
        kind=_kind(said["kind"]),
        covers=Selection(
            probe=said["probe"] or None,
            tag=said["tag"] or None,
            owner=said["owner"] or None,
            severity=_severity(said["severity"]),
        ),
        start=max(start, now) if now - start < timedelta(minutes=1) else start,
        end=_end(said, start),
        reason=said["reason"],
        author=said["author"],
    )
    if wrong := wrong_with(quiet, now):
        raise Refused(_as_typed(wrong.field, said), wrong.text)
    return quiet


def _as_typed(field: str, said: Mapping[str, str]) -> str:
    """The end was typed in one of two fields."""
    return "for" if field == "until" and said["for"] else field


def instant(what: str, text: str) -> datetime:
    """ISO 8601, UTC unless it says otherwise; raises `ValueError` that shows how to write it."""
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        message = f"the {what} is no instant such as 2026-11-24T18:00 (UTC) or 2026-11-24T18:00+01:00: {text[:40]!r}"
        raise ValueError(message) from error


def _at(field: str, what: str, said: Mapping[str, str]) -> datetime:
    try:
        return instant(what, said[field])
    except ValueError as error:
        raise Refused(field, str(error)) from error


def _end(said: Mapping[str, str], start: datetime) -> datetime:
    if bool(said["for"]) == bool(said["until"]):
        raise Refused("for", "say either how long it lasts or until when")
    if said["until"]:
        return _at("until", "end", said)
    try:
        return start + timedelta(seconds=parse_duration(said["for"]))
    except OverflowError as error:
        raise Refused("for", "that is too far away") from error
    except ValueError as error:
        raise Refused("for", str(error)) from error


def _kind(text: str) -> QuietKind:
    try:
        return QuietKind(text or QuietKind.SILENCE)
    except ValueError as error:
        raise Refused("kind", f"{text[:40]!r} is neither a silence nor a maintenance") from error


def _severity(text: str) -> Severity | None:
    try:
        return Severity(text) if text else None
    except ValueError as error:
        raise Refused("severity", f"{text[:40]!r} is no severity: page or ticket") from error
