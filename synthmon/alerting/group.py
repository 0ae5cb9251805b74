"""Many incidents told in one message."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid5

from synthmon.model.incident import Message, Notification, Occasion
from synthmon.model.probe import OWN_TRACKS, Severity
from synthmon.nouns import dataclass

_NAMESPACE = UUID("0b0f3a52-6a0e-5c43-9c0d-3a1f5f0e7d11")  # fixed: ids of groups hang on it
NAMED = 3  # probes in a title


@dataclass(frozen=True, slots=True)
class GroupMessage(Message):
    """A message about all of its members; `probe` says how many they are."""

    members: tuple[Notification, ...] = ()


def group(members: Sequence[Notification], occasion: Occasion) -> Notification:
    """One notification in place of all; its id follows from theirs, its key is that of the channel's group."""
    first = members[0]
    began = min(member.message.began_at for member in members)
    ended = [member.message.resolved_at for member in members if member.message.resolved_at]
    identity = str(uuid5(_NAMESPACE, "\x1f".join(sorted(member.id for member in members))))
    count = f"{len(members)} {'incident' if len(members) == 1 else 'incidents'}"
    message = first.message
    told = GroupMessage(
        title=_title(members, occasion),
        summary="\n".join(member.message.title for member in members),
        probe=count,
        probe_title=count,
        environment=message.environment,
        track=message.track,
        severity=severity_of(members),
        occasion=occasion,
        began_at=began,
        decided_at=max(member.message.decided_at for member in members),
        regions=tuple(sorted({region for member in members for region in member.message.regions})),
        basis="",
        incident_id=identity,
        resolved_at=max(ended) if ended and occasion is Occasion.RESOLVE else None,
        link=message.link.rsplit("/", 1)[0] if message.link else None,
        members=tuple(members),
    )
    created = min(member.created_at for member in members)
    # The first of a thread would take over the identity of its incident, and this one has none of its own.
    return Notification(identity, 1, occasion, first.channel, key_of(first), created, told, first.level, sequence=1)


def key_of(member: Notification) -> str:
    """Static, as an incident's: a group that is told again merges with the one that is open already."""
    return group_key(member.message.environment, member.channel)


def group_key(environment: str, channel: str) -> str:
    return f"synthmon/{environment}/group/{channel}"


def severity_of(members: Sequence[Notification]) -> Severity:
    is_page = any(member.message.severity is Severity.PAGE for member in members)
    return Severity.PAGE if is_page else Severity.TICKET


def _title(members: Sequence[Notification], occasion: Occasion) -> str:
    probes = list(dict.fromkeys(name_of(member.message) for member in members))
    named = ", ".join(probes[:NAMED]) + (f" and {len(probes) - NAMED} more" if len(probes) > NAMED else "")
    count = f"{len(members)} {'incident' if len(members) == 1 else 'incidents'}"
    reminded = all(member.occasion is Occasion.REMIND for member in members)
    how = "over" if occasion is Occasion.RESOLVE else "not over yet" if reminded else "together"
    return f"{count} {how}: {named}"


def name_of(message: Message) -> str:
    """A probe's; of synthmon's own trouble the words, as what it is about may be called `*`."""
    return message.probe_title if message.track in OWN_TRACKS else message.probe
