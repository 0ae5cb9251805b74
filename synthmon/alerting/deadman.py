"""The dead man's switch: somebody outside hears from us while all is well, and raises the alarm when we fall silent.

A call is made only when results arrive, are judged, and reach people. A monitor that merely runs is not a reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from synthmon.alerting.context import ChannelContext
from synthmon.alerting.http import Post, post
from synthmon.nouns import dataclass

JUDGED_WITHIN = timedelta(seconds=30)
DELIVERED_WITHIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Signs:
    """Signs of life. `heard_at`: when results were last judged; `quiet_for`: how long none may come, None: none is due.

    `owed_since`: when the oldest notification became owed that no channel has accepted.
    """

    troubles: Sequence[str]
    judged_at: datetime | None
    heard_at: datetime | None
    quiet_for: timedelta | None
    owed_since: datetime | None
    started_at: datetime


def silent_because(signs: Signs, now: datetime) -> tuple[str, ...]:
    """Why the call is not made, in words; empty when all is well."""
    why = list(signs.troubles)
    if signs.judged_at is None or now - signs.judged_at > JUDGED_WITHIN:
        why.append("nothing is judged")
    if signs.quiet_for is not None and now - (signs.heard_at or signs.started_at) > signs.quiet_for:
        why.append("no result has come for too long")
    if signs.owed_since is not None and now - signs.owed_since > DELIVERED_WITHIN:
        why.append("a notification is not accepted")
    return tuple(why)


class DeadMan:
    """Calls one address. `why` says why the last call was not made, or is empty."""

    def __init__(self, url: str, context: ChannelContext) -> None:
        self._url, self._context = url, context
        self.why: tuple[str, ...] = ()
        self.called_at: datetime | None = None

    def tell(self, signs: Signs) -> None:
        """Call, if all is well; raises `DeliveryError` when the call fails: whoever waits for it raises the alarm."""
        now = self._context.now()
        self.why = silent_because(signs, now)
        if not self.why:
            post(Post(self._context.fill(self._url), b"", {}, method="GET"), now)
            self.called_at = now
