"""Tells again what still fires, where a receiver would forget it; which incidents those are is read from the store."""

from __future__ import annotations

from datetime import datetime

from synthmon.alerting.limits import begins
from synthmon.alerting.ports import SenderPorts
from synthmon.alerting.traits import Repeating
from synthmon.errors import SynthmonError
from synthmon.events import Events
from synthmon.model.incident import DeliveryStatus, Notification

_log = Events()


class Repeats:
    """`due` and `repeat` are called by the sender; when a channel was told last is forgotten at an end, on purpose."""

    def __init__(self, ports: SenderPorts) -> None:
        self._ports = ports
        self._next: dict[str, datetime] = {}

    def due(self, now: datetime) -> list[str]:
        """Names of the channels that have to be told again now; each is named once in its time."""
        found = []
        for name, channel in self._ports.channels().items():
            if isinstance(channel, Repeating) and now >= self._next.get(name, now):
                self._next[name] = now + channel.repeat_every
                found.append(name)
        return found

    def repeat(self, name: str) -> None:
        """Tell one channel. To be called while nothing else ends anything there, or it would come back to life."""
        try:
            firing = self.firing(name)
            if firing:
                self._ports.channels()[name].repeat(firing)  # type: ignore[attr-defined] # `due` named it
                _log.debug("notification.repeated", channel=name, firing=len(firing))
        except (SynthmonError, KeyError) as error:  # the receiver's or the store's; the next turn comes in time
            _log.error("notification.not_repeated", channel=name, error=str(error))

    def firing(self, channel: str) -> list[Notification]:
        """What the channel took last of each incident that is not over."""
        found = []
        for incident in self._ports.outbox.incidents(current=True):
            taken = [
                delivery.notification
                for delivery in self._ports.outbox.deliveries(incident.id)  # newest first
                if delivery.notification.channel == channel
                and delivery.status is DeliveryStatus.SENT
                and begins(delivery.notification)
            ]
            found += taken[:1]
        return found
