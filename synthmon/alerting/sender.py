"""Works off what is owed: claims rows, hands each to its channel, and marks it sent after the receiver took it.

A crash between sending and marking sends again, with the same key. Each channel has threads of its own, so one that
hangs delays no other. What a channel refuses for good, or cannot take within a minute, its backup is told once. What is
more than people can read is told together.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from synthmon.alerting.attempt import attempt, defect, names, wait
from synthmon.alerting.backups import GONE, Backups
from synthmon.alerting.canary import Canaries
from synthmon.alerting.conditions import Conditions
from synthmon.alerting.group import group
from synthmon.alerting.groups import Groups
from synthmon.alerting.limits import MINUTE, Batch, Limits, begins
from synthmon.alerting.marks import each, mark_of, with_error, word_alone, word_in_group
from synthmon.alerting.ports import ChannelState, SenderPorts
from synthmon.alerting.repeats import Repeats
from synthmon.alerting.traits import Repeating, groups_itself, is_keyed
from synthmon.errors import DeliveryError, StoreError, is_thread_refused
from synthmon.events import Events
from synthmon.model.incident import Delivery, Notification, Occasion

_log = Events()

LEASE = 60.0  # seconds
LEASED = timedelta(seconds=LEASE)
BEGIN_WITHIN = timedelta(seconds=LEASE - 15)  # an attempt takes up to 10 s, and has to be marked within the lease
AT_ONCE = 4  # per channel
MOST = 2000  # claimed in a turn: as much as may be told together
IDLE = 1.0  # seconds between looks when nobody wakes the sender
RECALLED = (
    2000  # deliveries that are looked at for what was sent in the minute before the start: more than a storm of them
)
GIVE_UP_AFTER = timedelta(hours=72)
GIVE_UP_TRIAL_AFTER = timedelta(hours=1)


class Sender:
    """`start` once, `stop` once, `wake` whenever something may be owed."""

    def __init__(self, ports: SenderPorts) -> None:
        self._ports = ports
        self._woken, self._ending = threading.Event(), threading.Event()
        self._limits, self._groups, self._repeats = Limits(), Groups(ports.outbox), Repeats(ports)
        self._backups, self._conditions = Backups(ports, self._woken.set), Conditions(ports.trouble)
        self._pools: dict[str, ThreadPoolExecutor] = {}
        self._in_flight: dict[str, int] = {}
        self._without_thread: set[str] = set()  # channels whose pool has work and was let start no thread
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)
        self._locks: dict[str, threading.Lock] = {}
        self._canaries = Canaries(ports, self._conditions)
        self._thread = threading.Thread(target=self._loop, name="sender", daemon=True)
        self._recalled = False
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
        """Claim what is due and hand it to the channels' threads; how many notifications were handed on."""
        try:
            batches = self.gather()
        except Exception as error:  # noqa: BLE001 - whatever one turn meets, the sender has to be there for the next
            self.trouble = str(error)
            _log.error("notification.not_claimed", error=str(error))
            return 0
        self.trouble = None
        now = self._ports.now()
        for name in tuple(self._without_thread):
            self._submit(name, lambda: None)
        for batch in batches:
            self._hand_on(batch.channel, lambda batch=batch: self._begin(batch, now))  # type: ignore[misc] # bound now
        for name in self._repeats.due(now):
            self._hand_on(name, lambda name=name: self.repeat(name))  # type: ignore[misc] # bound now
        return sum(len(batch.deliveries) for batch in batches)

    def gather(self) -> list[Batch]:
        """What goes out now, claimed; what has no room in its channel's minute is put off until there is some."""
        now = self._ports.now()
        if not self._recalled:
            self._limits.recall(self._ports.outbox.deliveries(limit=RECALLED), now)
            self._recalled = True
        self._canaries.owe(now)
        due: defaultdict[str, list[Delivery]] = defaultdict(list)
        for delivery in self._ports.outbox.claim(now, LEASE, MOST):
            due[delivery.notification.channel].append(delivery)
        return [batch for name, waiting in due.items() for batch in self._fit(name, waiting, now)]

    def _fit(self, name: str, waiting: list[Delivery], now: datetime) -> list[Batch]:
        if groups_itself(self._ports.channels().get(name)):
            return [Batch((delivery,)) for delivery in waiting]
        batches = [Batch((one,)) for one in waiting if is_look(one)]
        for plan in self._limits.plan(name, [one for one in waiting if not is_look(one)], now):
            batches += plan.batches
            if plan.later:
                self._put_off(plan.later, plan.until or now + MINUTE)
        return batches

    def _put_off(self, later: Sequence[Delivery], until: datetime) -> None:
        each(later, lambda told: self._ports.outbox.postpone(told.id, until, ""))
        _log.info("notification.held", channel=later[0].notification.channel, held=len(later), until=until.isoformat())

    def _hand_on(self, name: str, work: Callable[[], None]) -> None:
        with self._lock:
            if name not in self._pools:
                self._pools[name] = ThreadPoolExecutor(AT_ONCE, thread_name_prefix=f"send-{name}")
            self._in_flight[name] = self._in_flight.get(name, 0) + 1
        self._submit(name, self._work_and_count, name, work)

    def _submit(self, name: str, *work: Any) -> None:
        """Without a thread the pool has it in its queue all the same: the next turn gets it one."""
        try:
            self._pools[name].submit(*work)
        except RuntimeError as error:
            if not is_thread_refused(error):
                raise
            self._without_thread.add(name)
            _log.error("notification.not_begun", channel=name, error="no thread can be started")
        else:
            self._without_thread.discard(name)

    def _work_and_count(self, name: str, work: Callable[[], None]) -> None:
        try:
            work()
        except StoreError as error:  # not marked: the lease runs out and it is sent again, with the same key
            _log.error("notification.not_marked", channel=name, error=str(error))
        except Exception as error:  # noqa: BLE001 - a defect of ours; the lease runs out here as well
            _log.error("notification.not_marked", channel=name, **defect(error))
        finally:
            with self._idle:
                self._in_flight[name] -= 1
                self._idle.notify_all()
            self._woken.set()  # the next one of that incident and channel may now go

    def _begin(self, batch: Batch, claimed_at: datetime) -> None:
        """What waited behind a slow receiver until its lease is nearly over is let go: it will be claimed again."""
        if self._ports.now() - claimed_at <= BEGIN_WITHIN:
            self.deliver_together(batch)
            return
        self._limits.give_back(batch)
        for delivery in batch.deliveries:
            self._backups.tell([delivery.notification], claimed_at + timedelta(seconds=LEASE), given_up=False)

    def repeat(self, name: str) -> None:
        """Tell a channel again what fires."""
        with self._alone_in(name):
            self._repeats.repeat(name)

    def _alone_in(self, channel: str) -> threading.Lock:
        """Held while an end could meet what it ends: a group that grows, an alert that is repeated."""
        with self._lock:
            return self._locks.setdefault(channel, threading.Lock())

    # One message

    def deliver_together(self, batch: Batch) -> None:
        """One message about all of them, and their marks."""
        if len(batch.deliveries) == 1:
            taken = self.deliver(batch.deliveries[0])
        elif begins(batch.deliveries[0].notification):
            taken = self._tell_together(batch)
        else:
            taken = self._end_together(batch)
        if not taken:
            self._limits.give_back(batch)

    def deliver(self, delivery: Delivery) -> bool:
        """One attempt, and its mark; whether it was taken."""
        told = delivery.notification
        if is_look(delivery):
            return self._canaries.look(delivery)
        if told.occasion is not Occasion.TRIGGER:
            self._backups.tell_those_that_know(told)
        return self._try(self._noted([(delivery, word_alone(delivery))]), lambda: self._send(told))

    def _noted(self, wanted: Sequence[tuple[Delivery, str]]) -> Sequence[Delivery]:
        """The deliveries with their words in their rows, still leased."""
        until = self._ports.now() + LEASED
        lacking = {one.notification.id: word for one, word in wanted if word != mark_of(one)}
        rows = [one for one, _ in wanted if one.notification.id in lacking]
        each(rows, lambda told: self._ports.outbox.postpone(told.id, until, lacking[told.id]))
        return [replace(one, last_error=lacking.get(one.notification.id, one.last_error)) for one, _ in wanted]

    def _send(self, told: Notification) -> str:
        channel = self._ports.channels().get(told.channel)
        if channel is None:
            raise DeliveryError(f"there is no channel {told.channel!r} any more", permanent=True)
        if begins(told) or not (is_keyed(channel) or isinstance(channel, Repeating)):
            return attempt(channel, told)
        with self._alone_in(told.channel):
            grouped, alone = self._groups.told(told.incident_id, told.channel) if is_keyed(channel) else (False, True)
            said = attempt(channel, told) if alone else "told in a group"
            if grouped and told.occasion is Occasion.RESOLVE and not self._groups.is_open(told.channel):
                said = attempt(channel, group([told], Occasion.RESOLVE))
            return said

    def _tell_together(self, batch: Batch) -> bool:
        """Where keys have to be closed, members get a word in their row: their end belongs to the group."""
        members = [delivery.notification for delivery in batch.deliveries]

        def send() -> str:
            channel = self._ports.channels().get(batch.channel)
            if channel is None:
                raise DeliveryError(f"there is no channel {batch.channel!r} any more", permanent=True)
            try:
                return attempt(channel, group(members, Occasion.TRIGGER))
            except DeliveryError as error:  # it may be the group that is refused: each may still be taken by itself
                raise DeliveryError(str(error), retry_after=error.retry_after) from error

        with self._alone_in(batch.channel):
            noted: Sequence[Delivery] = batch.deliveries
            if is_keyed(self._ports.channels().get(batch.channel)):
                noted = self._noted([(one, word_in_group(one)) for one in noted])
            return self._try(noted, send)

    def _end_together(self, batch: Batch) -> bool:
        members = [delivery.notification for delivery in batch.deliveries]
        channel = self._ports.channels().get(batch.channel)
        for told in members:
            self._backups.tell_those_that_know(told)
        if channel is None:
            return [self.deliver(delivery) for delivery in batch.deliveries] == []  # given up, each of them
        if not is_keyed(channel):
            return self._try(batch.deliveries, lambda: attempt(channel, group(members, Occasion.RESOLVE)))
        return self._end_group(batch)

    def _end_group(self, batch: Batch) -> bool:
        """Where each key has to be closed: what was told in a group ends with the group, the rest waits for room."""
        ended: list[Delivery] = []
        later: list[Delivery] = []
        for delivery in batch.deliveries:
            alone = self._groups.told(delivery.notification.incident_id, batch.channel)[1]
            (later if alone else ended).append(delivery)
        if later:
            self._put_off(later, self._ports.now() + MINUTE)
        if not ended:
            return False
        return self._try(ended, lambda: self._send(ended[0].notification))

    # How it went

    def _try(self, deliveries: Sequence[Delivery], send: Callable[[], str]) -> bool:
        try:
            said = send()
        except DeliveryError as error:
            self._failed(deliveries, error)
            return False
        now = self._ports.now()
        each(deliveries, lambda told: self._ports.outbox.delivered(told.id, now))
        first = deliveries[0]
        self._conditions.note(ChannelState(first.notification.channel, now))
        together = {"together": len(deliveries)} if len(deliveries) > 1 else {}
        _log.info("notification.sent", **names(first), **together, attempts=first.attempts + 1, answer=said)
        return True

    def _failed(self, deliveries: Sequence[Delivery], error: DeliveryError) -> None:
        now, first = self._ports.now(), deliveries[0]
        attempts = max(delivery.attempts for delivery in deliveries) + 1
        next_at = now + timedelta(seconds=wait(attempts, error.retry_after, self._ports.chance))
        told = [delivery.notification for delivery in deliveries]
        given_up = error.permanent or any(now - one.created_at > lasts(one) for one in told)
        bad = self._backups.tell(told, next_at, given_up=given_up)
        outbox, why = self._ports.outbox, str(error)
        kept = {one.notification.id: with_error(mark_of(one), why) for one in deliveries}
        if given_up:
            each(deliveries, lambda one: outbox.bury(one.id, now, kept[one.id]))
        else:
            each(deliveries, lambda one: outbox.postpone(one.id, next_at, kept[one.id]))
        if bad:
            self._conditions.note(ChannelState(told[0].channel, now, str(error), given_up))
        together = {"together": len(told)} if len(told) > 1 else {}
        _log.error("notification.failed", **names(first), **together, attempts=attempts, given_up=given_up, error=why)


def is_look(delivery: Delivery) -> bool:
    return delivery.notification.occasion is Occasion.LOOK


def lasts(told: Notification) -> timedelta:
    """How long it is tried. A trial is sent to be told of its failing."""
    return GIVE_UP_TRIAL_AFTER if told.occasion is Occasion.TEST else GIVE_UP_AFTER


__all__ = ["GONE", "LEASE", "Sender", "SenderPorts"]
