"""From the words of a form or of the command line to a silence or a maintenance, or to what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from synthmon.judge.asking import wrong_with
from synthmon.language.duration import parse_duration
from synthmon.model.probe import Severity
from synthmon.model.quiet import Quiet, QuietKind, Selection

FIELDS = ("kind", "probe", "tag", "owner", "severity", "start", "for", "until", "reason", "author")


def read(words: Mapping[str, str], now: datetime) -> Quiet:
    """What was asked for; raises `ValueError` that says what is wrong, for people.

    `start` and `until` are instants (ISO 8601, UTC unless they say otherwise), `for` a duration; without `start` it
    begins now.
    """
    said = {name: words.get(name, "").strip() for name in FIELDS}
    start = instant("start", said["start"]) if said["start"] else now
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
        raise ValueError(wrong)
    return quiet


def instant(what: str, text: str) -> datetime:
    """ISO 8601, UTC unless it says otherwise; raises `ValueError` that shows how to write it."""
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        message = f"the {what} is no instant such as 2026-11-24T18:00 (UTC) or 2026-11-24T18:00+01:00: {text[:40]!r}"
        raise ValueError(message) from error


def _end(said: Mapping[str, str], start: datetime) -> datetime:
    if bool(said["for"]) == bool(said["until"]):
        raise ValueError("say either how long it lasts or until when")
    if said["until"]:
        return instant("end", said["until"])
    try:
        return start + timedelta(seconds=parse_duration(said["for"]))
    except OverflowError as error:
        raise ValueError("that is too far away") from error


def _kind(text: str) -> QuietKind:
    try:
        return QuietKind(text or QuietKind.SILENCE)
    except ValueError as error:
        raise ValueError(f"{text[:40]!r} is neither a silence nor a maintenance") from error


def _severity(text: str) -> Severity | None:
    try:
        return Severity(text) if text else None
    except ValueError as error:
        raise ValueError(f"{text[:40]!r} is no severity: page or ticket") from error
