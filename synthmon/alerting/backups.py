"""Who is told in a channel's place, and what of: a backup that heard of an incident hears of its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from synthmon.alerting.limits import is_page
from synthmon.alerting.ports import SenderPorts
from synthmon.events import Events
from synthmon.model.incident import DeliveryStatus, Notification, Occasion

_log = Events()

BACKUP_AFTER = timedelta(seconds=60)
GONE = ""  # under this name `backups` says who is told in place of a channel that is declared no more
LOOKED_AT = 100  # newest notifications among which news of a reopened incident is looked for
BACKUP_LEVEL = 100  # backups are rows of their own beside the levels of escalation


class Backups:
    """`owing` is called when something more is owed."""

    def __init__(self, ports: SenderPorts, owing: Callable[[], None]) -> None:
        self._ports, self._owing = ports, owing

    def tell(self, told: Sequence[Notification], next_at: datetime, *, given_up: bool) -> bool:
        """Owe it to the backup if it was given up, or is a page that will be late; whether it is that bad.

        To be called before the mark: a crash in between tells the backup, the other order would tell nobody.
        """
        wanted = [*told, *self._behind(told[0])] if len(told) == 1 else list(told)
        bad = given_up or any(is_late(one, next_at) for one in wanted)
        backup = self._of(told[0])
        if bad and backup is not None:
            self._owe(backup, wanted)
        return bad

    def tell_those_that_know(self, told: Notification) -> None:
        """Whoever was told in this channel's place that it began is told how it went on."""
        backup = self._of(told)
        if backup is not None and (backup, BACKUP_LEVEL) in {_place(other) for other in self._about([told])}:
            self._owe(backup, [told])

    def _of(self, told: Notification) -> str | None:
        backups = self._ports.backups()
        gone = told.channel not in self._ports.channels()
        backup = backups.get(told.channel) or (backups.get(GONE) if gone else None)
        return backup if told.level < BACKUP_LEVEL and backup != told.channel else None

    def _behind(self, told: Notification) -> list[Notification]:
        """What waits for this one, oldest first: later news of the incident, and of the one that was reopened from it.

        A backup that hears of an incident must hear of its end, and a page must not wait for a resolve to get through.
        """
        outbox = self._ports.outbox
        waiting = {
            other.notification.id: other.notification
            for other in [*outbox.deliveries(told.incident_id), *outbox.deliveries(limit=LOOKED_AT)]
            if other.status is DeliveryStatus.PENDING
            and _queue(other.notification) == _queue(told)
            and other.notification.created_at >= told.created_at
            and other.notification.id != told.id
            and other.notification.occasion is not Occasion.LOOK
        }
        return sorted(waiting.values(), key=lambda other: other.created_at)

    def _about(self, wanted: Sequence[Notification]) -> list[Notification]:
        """Whatever was or is owed about their incidents."""
        incidents = dict.fromkeys(told.incident_id for told in wanted)
        return [other.notification for incident in incidents for other in self._ports.outbox.deliveries(incident)]

    def _owe(self, backup: str, wanted: Sequence[Notification]) -> None:
        """What the backup is not owed yet, whether in place of another channel or as one of the incident's own."""
        known = {_meaning(other) for other in self._about(wanted)}
        copies = [replace(told, channel=backup, level=BACKUP_LEVEL) for told in wanted]
        missing = [copy for copy in copies if _meaning(copy) not in known]
        if missing:
            self._ports.outbox.owe(missing)
            first = wanted[0]
            _log.warning("notification.backup", channel=first.channel, backup=backup, owed=len(missing))
            self._owing()


def is_late(told: Notification, next_at: datetime) -> bool:
    """Whether a page will not have been accepted within a minute; nobody is woken because a resolve is late."""
    return is_page(told) and next_at - told.created_at >= BACKUP_AFTER


def _place(told: Notification) -> tuple[str, int]:
    return told.channel, told.level


def _queue(told: Notification) -> tuple[str, str, int]:
    return told.dedup_key, told.channel, told.level


def _meaning(told: Notification) -> tuple[str, str, str, int, int]:
    return told.incident_id, told.channel, told.occasion, told.generation, told.sequence
