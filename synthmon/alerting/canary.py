"""Canaries: each channel that asks for it is tried in time, and its receiver is asked whether the trial arrived.

A receiver can accept what it then drops. So between a trial and its end stands a row that is no message: working it off
means to look, and to look again until it is there or the time is up. Being a row, it outlives a restart.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from synthmon.alerting.attempt import defect, wait
from synthmon.alerting.conditions import Conditions
from synthmon.alerting.ports import ChannelState, SenderPorts
from synthmon.alerting.traits import Readable, readable
from synthmon.alerting.trial import canary, identity_of, slot_of
from synthmon.errors import DeliveryError
from synthmon.events import Events
from synthmon.model import words
from synthmon.model.incident import Delivery, DeliveryStatus, Occasion

_log = Events()

ARRIVES_WITHIN = timedelta(minutes=3)  # of its acceptance; the dead man's switch allows more for a delivery
NOT_LOOKED = "nobody looked"


class Canaries:
    """`owe` in every turn, `look` for each row that asks for it."""

    def __init__(self, ports: SenderPorts, conditions: Conditions) -> None:
        self._ports, self._conditions = ports, conditions
        self._seen: dict[str, datetime] = {}

    def owe(self, now: datetime) -> None:
        """The trials that are due and not yet owed; once for each, whatever restarts in between."""
        for channel, every in self._ports.canaries().items():
            slot = slot_of(now, every)
            if self._seen.get(channel) == slot:
                continue
            if channel not in self._seen:
                self._recall(channel, slot, every)
            looked_at = readable(self._ports.channels().get(channel)) is not None
            owed = canary(channel, self._ports.environment, slot, now, looked_at=looked_at)
            if owed:
                self._ports.outbox.owe(owed)
            self._seen[channel] = slot

    def _recall(self, channel: str, slot: datetime, every: timedelta) -> None:
        """After a start: say again how the last look ended, as we may have died before that was written down."""
        for at in (slot, slot - every):
            for row in self._ports.outbox.deliveries(identity_of(channel, self._ports.environment, at)):
                if row.notification.occasion is Occasion.LOOK and row.status is not DeliveryStatus.PENDING:
                    if not (row.last_error or "").startswith(NOT_LOOKED):
                        lost = row.last_error if row.status is DeliveryStatus.DEAD else None
                        self._say(channel, self._ports.now(), lost)
                    return

    def look(self, delivery: Delivery) -> bool:
        """One look, and its mark; whether it was there."""
        told, now = delivery.notification, self._ports.now()
        asked = readable(self._ports.channels().get(told.channel))
        accepted_at = self._accepted_at(delivery)
        if asked is None or accepted_at is None or asked.readable_for is None:
            return self._give_up_looking(delivery, "it was not accepted, or cannot be asked for any more")
        if now - accepted_at > asked.readable_for:
            return self._give_up_looking(delivery, "the receiver has forgotten it by now")
        try:
            why = None if _arrived(asked, delivery) else "it is not there"
        except DeliveryError as error:
            why = f"looking for it failed: {error}"
            if error.permanent:
                return self._lost(delivery, accepted_at, why)
        if why is None:
            return self._found(delivery, accepted_at)
        until = accepted_at + ARRIVES_WITHIN
        if now >= until:
            return self._lost(delivery, accepted_at, why)
        pause = timedelta(seconds=wait(delivery.attempts + 1, None, self._ports.chance))
        self._ports.outbox.postpone(told.id, min(now + pause, until), why)
        return False

    def _accepted_at(self, delivery: Delivery) -> datetime | None:
        told = delivery.notification
        rows = self._ports.outbox.deliveries(told.incident_id)
        tested = (row for row in rows if row.notification.occasion is Occasion.TEST)
        return next((row.sent_at for row in tested if row.notification.channel == told.channel), None)

    def _found(self, delivery: Delivery, accepted_at: datetime) -> bool:
        told, now = delivery.notification, self._ports.now()
        self._ports.outbox.delivered(told.id, now)
        self._say(told.channel, now, None)
        _log.info("canary.arrived", channel=told.channel, after=round((now - accepted_at).total_seconds(), 1))
        return True

    def _lost(self, delivery: Delivery, accepted_at: datetime, why: str) -> bool:
        told, now = delivery.notification, self._ports.now()
        waited = words.span((now - accepted_at).total_seconds())
        text = f"it accepted the test message of {words.instant(accepted_at)}, and {waited} later {why}"
        self._ports.outbox.bury(told.id, now, text)
        self._say(told.channel, now, text)
        _log.error("canary.lost", channel=told.channel, accepted_at=accepted_at.isoformat(), error=why)
        return False

    def _give_up_looking(self, delivery: Delivery, why: str) -> bool:
        told = delivery.notification
        self._ports.outbox.bury(told.id, self._ports.now(), f"{NOT_LOOKED}: {why}")
        _log.info("canary.not_looked_for", channel=told.channel, why=why)
        return False

    def _say(self, channel: str, at: datetime, error: str | None) -> None:
        self._conditions.note(ChannelState(channel, at, error, given_up=error is not None, canary=True))


def _arrived(channel: Readable, delivery: Delivery) -> bool:
    """As `arrived`; a channel's bug is a failure like any other."""
    try:
        return channel.arrived(delivery.notification)
    except DeliveryError:
        raise
    except Exception as error:  # the boundary to channels, which use foreign libraries
        _log.error("notification.channel_broke", channel=delivery.notification.channel, **defect(error))
        raise DeliveryError(f"the channel broke: {type(error).__name__}") from error
