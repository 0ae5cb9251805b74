"""Works off what is owed: claims rows, hands each to its channel, and marks it sent after the receiver took it.

A crash between sending and marking sends again, with the same key. Each channel has threads of its own, so one that
hangs delays no other. What a channel refuses for good, or cannot take within a minute, its backup is told once.
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from synthmon.alerting.channel import Channel
from synthmon.alerting.outbox import Outbox
from synthmon.errors import DeliveryError, StoreError
from synthmon.model.incident import Delivery, DeliveryStatus, Notification, Occasion
from synthmon.model.probe import Severity

_log = structlog.get_logger()

LEASE = 60.0  # seconds
BEGIN_WITHIN = timedelta(seconds=LEASE - 15)  # an attempt takes up to 10 s, and has to be marked within the lease
AT_ONCE = 4  # per channel
IDLE = 1.0  # seconds between looks when nobody wakes the sender
LONGEST_WAIT = 60.0  # seconds between two attempts
SHORTEST_WAIT = 0.5
LONGEST_REQUESTED = 900.0  # seconds that a receiver may ask for
GIVE_UP_AFTER = timedelta(hours=72)
BACKUP_AFTER = timedelta(seconds=60)
GONE = ""  # under this name `backups` says who is told in place of a channel that is declared no more
LOOKED_AT = 100  # newest notifications among which news of a reopened incident is looked for
BACKUP_LEVEL = 100  # backups are rows of their own beside the levels of escalation


class Chance(Protocol):
    """Where jitter comes from."""

    def random(self) -> float: ...


@dataclass(frozen=True, slots=True)
class SenderPorts:
    """What the sender is handed. `backups` names for each channel the one that takes over."""

    outbox: Outbox
    channels: Callable[[], Mapping[str, Channel]]
    backups: Callable[[], Mapping[str, str]]
    now: Callable[[], datetime]
    chance: Chance


class Sender:
    """`start` once, `stop` once, `wake` whenever something may be owed."""

    def __init__(self, ports: SenderPorts) -> None:
        self._ports = ports
        self._woken, self._ending = threading.Event(), threading.Event()
        self._pools: dict[str, ThreadPoolExecutor] = {}
        self._in_flight: dict[str, int] = {}
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)
        self._thread = threading.Thread(target=self._loop, name="sender", daemon=True)
        self.trouble: str | None = None

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        self._woken.set()

    @property
    def lives(self) -> bool:
        return self._thread.is_alive()

    def stop(self, timeout: float) -> None:
        """Send what is due, for at most `timeout` seconds; what is left is still owed at the next start."""
        self._ending.set()
        self._woken.set()
        self._thread.join(timeout)
        with self._idle:
            self._idle.wait_for(lambda: not any(self._in_flight.values()), timeout)
        for pool in self._pools.values():
            pool.shutdown(wait=False, cancel_futures=True)

    def _loop(self) -> None:
        while not self._ending.is_set():
            self._woken.clear()
            self.turn()
            self._woken.wait(IDLE)
        self.turn()

    def turn(self) -> int:
        """Claim what is due and hand it to the channels' threads; how many were handed on."""
        now = self._ports.now()
        try:
            claimed = self._ports.outbox.claim(now, LEASE)
        except Exception as error:  # noqa: BLE001 - whatever one turn meets, the sender has to be there for the next
            self.trouble = str(error)
            _log.error("notification.not_claimed", error=str(error))
            return 0
        self.trouble = None
        for delivery in claimed:
            self._hand_on(delivery, now)
        return len(claimed)

    def _hand_on(self, delivery: Delivery, claimed_at: datetime) -> None:
        name = delivery.notification.channel
        with self._lock:
            pool = self._pools.get(name)
            if pool is None:
                pool = self._pools[name] = ThreadPoolExecutor(AT_ONCE, thread_name_prefix=f"send-{name}")
            self._in_flight[name] = self._in_flight.get(name, 0) + 1
        pool.submit(self._deliver_and_count, delivery, claimed_at)

    def _deliver_and_count(self, delivery: Delivery, claimed_at: datetime) -> None:
        try:
            # What waited behind a slow receiver until its lease is nearly over is let go: it will be claimed again.
            if self._ports.now() - claimed_at <= BEGIN_WITHIN:
                self.deliver(delivery)
        except StoreError as error:  # not marked: the lease runs out and it is sent again, with the same key
            _log.error("notification.not_marked", notification=delivery.notification.id, error=str(error))
        except Exception as error:  # noqa: BLE001 - a defect of ours; the lease runs out here as well
            _log.error("notification.not_marked", notification=delivery.notification.id, **_defect(error))
        finally:
            with self._idle:
                self._in_flight[delivery.notification.channel] -= 1
                self._idle.notify_all()
            self._woken.set()  # the next one of that incident and channel may now go

    def deliver(self, delivery: Delivery) -> None:
        """One attempt, and its mark."""
        told = delivery.notification
        channel = self._ports.channels().get(told.channel)
        if told.occasion is not Occasion.TRIGGER:
            self._tell_backups_that_know(told)
        try:
            if channel is None:
                raise DeliveryError(f"there is no channel {told.channel!r} any more", permanent=True)
            said = _attempt(channel, told)
        except DeliveryError as error:
            self._failed(delivery, error)
            return
        self._ports.outbox.delivered(told.id, self._ports.now())
        _log.info("notification.sent", **_names(told), attempts=delivery.attempts + 1, answer=said)

    def _failed(self, delivery: Delivery, error: DeliveryError) -> None:
        told, now = delivery.notification, self._ports.now()
        attempts = delivery.attempts + 1
        next_at = now + timedelta(seconds=_wait(attempts, error.retry_after, self._ports.chance))
        given_up = error.permanent or now - told.created_at > GIVE_UP_AFTER
        # Owed to the backup before the mark: a crash in between tells the backup, the other order would tell nobody.
        backup = self._backup_of(told)
        if backup is not None:
            wanted = [told, *self._behind(told)]
            if given_up or any(_is_late(one, next_at) for one in wanted):
                self._owe(backup, wanted)
        if given_up:
            self._ports.outbox.bury(told.id, now, str(error))
        else:
            self._ports.outbox.postpone(told.id, next_at, str(error))
        _log.error("notification.failed", **_names(told), attempts=attempts, given_up=given_up, error=str(error))

    def _backup_of(self, told: Notification) -> str | None:
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
        }
        return sorted(waiting.values(), key=lambda other: other.created_at)

    def _tell_backups_that_know(self, told: Notification) -> None:
        """Whoever was told in this channel's place that it began is told how it went on."""
        backup = self._backup_of(told)
        if backup is not None and (backup, BACKUP_LEVEL) in {_place(other) for other in self._about([told])}:
            self._owe(backup, [told])

    def _about(self, wanted: list[Notification]) -> list[Notification]:
        """Whatever was or is owed about their incidents."""
        incidents = dict.fromkeys(told.incident_id for told in wanted)
        return [other.notification for incident in incidents for other in self._ports.outbox.deliveries(incident)]

    def _owe(self, backup: str, wanted: list[Notification]) -> None:
        """What the backup is not owed yet, whether in place of another channel or as one of the incident's own."""
        known = {_meaning(other) for other in self._about(wanted)}
        copies = [replace(told, channel=backup, level=BACKUP_LEVEL) for told in wanted]
        missing = [copy for copy in copies if _meaning(copy) not in known]
        if missing:
            self._ports.outbox.owe(missing)
            _log.warning("notification.backup", **_names(wanted[0]), backup=backup, owed=len(missing))
            self._woken.set()


def _place(told: Notification) -> tuple[str, int]:
    return told.channel, told.level


def _queue(told: Notification) -> tuple[str, str, int]:
    return told.dedup_key, told.channel, told.level


def _meaning(told: Notification) -> tuple[str, str, str, int, int]:
    return told.incident_id, told.channel, told.occasion, told.generation, told.sequence


def _is_late(told: Notification, next_at: datetime) -> bool:
    """Whether a page will not have been accepted within a minute; nobody is woken because a resolve is late."""
    is_page = told.message.severity is Severity.PAGE and told.occasion is Occasion.TRIGGER
    return is_page and next_at - told.created_at >= BACKUP_AFTER


def _attempt(channel: Channel, told: Notification) -> str:
    """What the channel's receiver said. A channel's bug must not lose a page: it is a failure like any other."""
    try:
        return channel.send(told)
    except DeliveryError:
        raise
    except Exception as error:  # the boundary between our sender and channels, which use foreign libraries
        _log.error("notification.channel_broke", channel=channel.name, **_defect(error))
        raise DeliveryError(f"the channel broke: {type(error).__name__}") from error


def _defect(error: Exception) -> dict[str, str]:
    """What broke and where. Not the exception's text: a library's can hold the address or the key it was given."""
    return {"error": type(error).__name__, "where": "".join(traceback.format_tb(error.__traceback__)[-3:])}


def _wait(attempts: int, requested: float | None, chance: Chance) -> float:
    """Seconds until the next attempt: 1, 2, 4 … 60 with full jitter, or longer if the receiver asked for longer.

    Full jitter after "Exponential Backoff and Jitter" (AWS Architecture Blog, 2015): many that fail together must not
    come back together. A receiver that asks for nothing (`Retry-After: 0`) is not hammered all the same.
    """
    usual = max(SHORTEST_WAIT, chance.random() * min(LONGEST_WAIT, 2.0 ** min(attempts - 1, 10)))
    return max(usual, min(requested or 0.0, LONGEST_REQUESTED))


def _names(told: Notification) -> dict[str, str]:
    return {
        "channel": told.channel,
        "occasion": told.occasion.value,
        "probe": told.message.probe,
        "notification": told.id,
    }
