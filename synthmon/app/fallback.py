"""Tells through an agent's own fallback channel that the centre cannot be reached: once, and once more when it is over.

Nobody else can: the centre is what would tell. What was told is remembered beside the spool, so that a restart neither
tells it again nor forgets to say that it is over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from synthmon import wire
from synthmon.alerting.channel import Channel
from synthmon.centre.standstill import Standstills
from synthmon.errors import DeliveryError, MalformedDocument, StoreError
from synthmon.events import Events
from synthmon.judge import Policy
from synthmon.judge.own import Healed, Trouble, decide_own
from synthmon.judge.silent import awake
from synthmon.model.incident import Incident, Notification
from synthmon.model.probe import Track
from synthmon.spool import Spool

_log = Events()

AWAY_FOR = timedelta(minutes=5)
AGAIN = timedelta(seconds=30)
_A_LOOK = timedelta(seconds=20)  # one comes every two seconds, unless a channel takes long
_NOTE = "fallback"
_MOST_OWED = 10


class Fallback:
    """For one thread. `channels` are those declared here; without a fallback among them the log has to do."""

    def __init__(
        self,
        region: str,
        spool: Spool,
        policy: Callable[[], Policy],
        channels: Callable[[], Mapping[str, Channel]],
        now: Callable[[], datetime],
    ) -> None:
        self._region, self._spool, self._now = region, spool, now
        self._policy, self._channels = policy, channels
        self._told: Incident | None = None
        self._remembered = False
        self._well_since: datetime | None = None
        self._owed: list[Notification] = []
        self._tried_at: datetime | None = None
        self._standstills = Standstills(_A_LOOK, _A_LOOK)

    def look(self, away_since: datetime | None, why: str | None) -> None:
        """Called every few seconds with since when the centre is away, and why."""
        now = self._now()
        self._standstills.look(now)
        self._remember()
        told = self._told
        if away_since is None:
            self._well_since = self._well_since or now
        else:
            self._well_since = None
        asleep = self._standstills.stretches  # in which it tried nothing
        lasting = away_since is not None and awake(asleep, away_since, now) >= AWAY_FOR
        if lasting or (told is not None and told.current):
            self._decide(away_since, why or "", now)
        self._send(now)

    def _decide(self, away_since: datetime | None, why: str, now: datetime) -> None:
        text = f"its agent cannot reach the centre: {why}"
        troubles = (
            [Trouble(Track.REGION, self._region, f"region {self._region}", text, away_since)] if away_since else []
        )
        well = [Healed((Track.REGION, self._region), self._well_since)] if self._well_since else []
        policy = self._policy()
        known = [self._told] if self._told is not None else []
        decision = decide_own(troubles, well, known, policy.default_channels, policy, now)
        for incident in decision.incidents:
            self._told = incident if incident.current else None
            self._note()
            _log.warning("fallback.told", region=self._region, status=incident.status.value, why=incident.reason)
        self._owed = [*self._owed, *decision.notifications][-_MOST_OWED:]

    def _send(self, now: datetime) -> None:
        """What a channel does not take is tried again, in order, until it is told to go away for good."""
        if not self._owed or (self._tried_at is not None and timedelta(0) <= now - self._tried_at < AGAIN):
            return
        self._tried_at = now
        channels = self._channels()
        left = []
        for owed in self._owed:
            try:
                if owed.channel in channels:
                    channels[owed.channel].send(owed)
            except DeliveryError as error:
                _log.error("notification.failed", channel=owed.channel, probe=owed.message.probe, error=str(error))
                if not error.permanent:
                    left.append(owed)
        self._owed = left
        if not left:
            self._tried_at = None

    def _remember(self) -> None:
        """What the process before told, once the spool can say it."""
        if self._remembered:
            return
        try:
            noted = self._spool.noted(_NOTE)
            self._told = wire.incident_from_json(wire.loads(noted.encode())) if noted else None
        except MalformedDocument as error:
            _log.error("fallback.forgotten", error=str(error))
        except StoreError:
            return  # the spool says it as its own trouble
        self._remembered = True

    def _note(self) -> None:
        kept = wire.dumps_ascii(wire.incident_to_json(self._told)) if self._told else None
        try:
            self._spool.note(_NOTE, kept)
        except StoreError as error:
            _log.error("fallback.not_noted", error=str(error))
