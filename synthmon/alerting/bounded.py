"""A call that takes so long and no longer, whatever the other side does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from synthmon.errors import DeliveryError
from synthmon.model import words

WITHIN = 10.0  # seconds for a whole attempt
T = TypeVar("T")


def within(call: Callable[[], T], abandon: Callable[[], None] = lambda: None, seconds: float | None = None) -> T:
    """What the call returns or raises; a `DeliveryError` when it has not ended after so many seconds (`WITHIN`).

    Libraries limit each operation, not the exchange: a receiver that drips would hold a channel for ever. `abandon`
    is called when the time is up and ought to make the call end; it may still have been heard, so it is sent again.
    """
    ended: list[T | BaseException] = []
    limit = WITHIN if seconds is None else seconds

    def run() -> None:
        try:
            ended.append(call())
        except BaseException as error:  # noqa: BLE001 - handed to the caller, who is in another thread
            ended.append(error)

    thread = threading.Thread(target=run, name="delivery", daemon=True)
    try:
        thread.start()
    except RuntimeError as error:
        raise DeliveryError(f"the attempt could not begin: {error}") from error
    thread.join(limit)
    if not ended:
        abandon()
        raise DeliveryError(f"the receiver did not answer within {words.seconds(limit)}")
    if isinstance(ended[0], BaseException):
        raise ended[0]
    return ended[0]
