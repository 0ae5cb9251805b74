"""Which incidents a channel heard of in a group, so that each end goes to where its beginning was told."""

from __future__ import annotations

from synthmon.alerting.limits import begins
from synthmon.alerting.marks import was_alone, was_in_group
from synthmon.alerting.outbox import Outbox


class Groups:
    """Derived from what is owed and was sent, so it is the same after a restart."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def told(self, incident_id: str, channel: str) -> tuple[bool, bool]:
        """Whether it may have been told there in a group, and whether by itself (a resolve fails closed)."""
        begun = [
            delivery
            for delivery in self._outbox.deliveries(incident_id)
            if delivery.notification.channel == channel and begins(delivery.notification)
        ]
        return any(map(was_in_group, begun)), not begun or any(map(was_alone, begun))

    def is_open(self, channel: str) -> bool:
        """Whether anything that was told there in a group is not over yet."""
        return any(self.told(incident.id, channel)[0] for incident in self._outbox.incidents(current=True))

    def open_in(self, channel: str) -> list[str]:
        """The ids of the incidents that were told there in a group and are not over yet."""
        return [one.id for one in self._outbox.incidents(current=True) if self.told(one.id, channel)[0]]
