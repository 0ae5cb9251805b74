"""How each channel does: whoever wants to know is told when one begins to refuse, and when it is well again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from synthmon.alerting.ports import ChannelState
from synthmon.events import Events

_log = Events()


class Conditions:
    """What was said last of each channel. Nothing is known after a start, so the first word is always said."""

    def __init__(self, tell: Callable[[ChannelState], None]) -> None:
        self._tell = tell
        self._refuses: dict[tuple[str, bool], ChannelState] = {}
        self._lock = threading.Lock()

    def note(self, state: ChannelState) -> None:
        """Say it if it is news; that something was given up is news after it was merely late."""
        with self._lock:
            before = self._refuses.get((state.channel, state.canary))
            if before is not None and _same(before, state):
                return
            self._refuses[state.channel, state.canary] = replace(state)
        try:
            self._tell(state)
        except Exception as error:  # noqa: BLE001 - whoever listens must not cost a notification
            _log.error("notification.trouble_not_told", channel=state.channel, error=type(error).__name__)


def _same(before: ChannelState, state: ChannelState) -> bool:
    if (before.error is None) != (state.error is None):
        return False
    return before.given_up or not state.given_up
