"""The port of a channel: it takes one notification or says why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # settings ask which kinds of channel there are, and what incidents are made of is another matter
    from synthmon.model.incident import Notification


class Channel(Protocol):
    """`name` is the key under `channels:` in synthmon.yaml."""

    name: str

    def send(self, notification: Notification) -> str:
        """Deliver, within 10 seconds, and return what the receiver answered in a few words (no secret in it).

        Raises `DeliveryError`: permanent when trying again cannot help, with `retry_after` when the receiver named one.
        """
        ...
