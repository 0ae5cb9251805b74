"""The sender in virtual time: order, retries, leases, backups; scripted channels."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
import structlog

from synthmon.alerting.sender import GONE, Sender, SenderPorts
from synthmon.errors import DeliveryError, StoreError
from synthmon.model.incident import Delivery, DeliveryStatus, Notification, Occasion
from synthmon.model.probe import Severity
from synthmon.store.memory import MemoryStore
from tests.alerting.receivers import notification
from tests.making import at

FOREVER = 10_000
BUSY, DEAD = DeliveryError("the receiver answered 503"), DeliveryError("the receiver answered 404", permanent=True)


@dataclass
class Scripted:
    """A channel that fails as it is told, then takes everything."""

    name: str
    troubles: list[Exception] = field(default_factory=list)
    taken: list[Notification] = field(default_factory=list)
    tried: list[Notification] = field(default_factory=list)

    def send(self, told: Notification) -> str:
        self.tried.append(told)
        if self.troubles:
            raise self.troubles.pop(0)
        self.taken.append(told)
        return "ok"

    @property
    def heard(self) -> list[str]:
        return [told.occasion.value for told in self.taken]


class Most:
    """Chance that always asks for the longest wait."""

    def random(self) -> float:
        return 1.0


class World:
    """A sender whose clock stands still until it is moved. Deliveries are made here, one after the other."""

    def __init__(self, *channels: Scripted, backups: dict[str, str] | None = None) -> None:
        self.now = at(66)
        self.store = MemoryStore()
        self.channels = {channel.name: channel for channel in channels}
        self.sender = Sender(
            SenderPorts(
                outbox=self.store,
                channels=lambda: self.channels,
                backups=lambda: backups or {},
                now=lambda: self.now,
                chance=Most(),
            )
        )

    def owe(self, *owed: Notification) -> None:
        self.store.owe(owed)

    def pass_time(self, seconds: float) -> None:
        """Go to each instant at which something is due, until the time is over."""
        end = self.now + timedelta(seconds=seconds)
        while True:
            while claimed := self.store.claim(self.now, 60.0):
                for delivery in claimed:
                    self.sender.deliver(delivery)
            due = self.store.next_delivery_at()
            if due is None or due > end:
                self.now = end
                return
            self.now = max(due, self.now)

    def deliveries(self) -> list[Delivery]:
        return self.store.deliveries()[::-1]


TRIGGER, RESOLVE = notification(), notification(Occasion.RESOLVE, decided_at=at(720))


def test_what_is_taken_is_marked_and_sent_once() -> None:
    pager = Scripted("pager")
    world = World(pager)
    world.owe(TRIGGER)
    world.pass_time(3600)
    assert [TRIGGER] == pager.tried
    assert [DeliveryStatus.SENT] == [delivery.status for delivery in world.deliveries()]


def test_a_refused_page_is_tried_again_with_the_same_key_and_never_lost() -> None:
    pager = Scripted("pager", [BUSY] * 20)
    world = World(pager)
    world.owe(TRIGGER)
    world.pass_time(3600)
    assert [TRIGGER] == pager.taken
    assert 21 == len(pager.tried)
    assert 1 == len({(told.id, told.dedup_key) for told in pager.tried})


def test_the_waits_double_up_to_a_minute() -> None:
    world = World(Scripted("pager", [BUSY] * 9))
    world.owe(TRIGGER)
    instants = []
    while (due := world.store.next_delivery_at()) is not None:
        instants.append(due)
        world.pass_time((due - world.now).total_seconds())
    waits = [(later - sooner).total_seconds() for sooner, later in itertools.pairwise(instants)]
    assert [1, 2, 4, 8, 16, 32, 60, 60, 60] == waits


@pytest.mark.parametrize(("asked", "waits"), [(120.0, 120), (31_536_000.0, 900), (0.0, 1), (None, 1)])
def test_a_receiver_is_left_alone_as_long_as_it_asks_but_not_for_ever_and_never_hammered(
    asked: float | None, waits: float
) -> None:
    world = World(Scripted("pager", [DeliveryError("429", retry_after=asked)]))
    world.owe(TRIGGER)
    world.pass_time(0)
    assert world.now + timedelta(seconds=waits) == world.store.next_delivery_at()


def test_a_channel_with_a_bug_is_a_failure_like_any_other_and_its_words_are_not_logged() -> None:
    pager = Scripted("pager", [RuntimeError("https://hooks.example.com/T0KEN")] * 2)  # in plain words as well
    world = World(pager)
    world.owe(TRIGGER)
    with structlog.testing.capture_logs() as logged:
        world.pass_time(60)
    assert [TRIGGER] == pager.taken
    assert ["notification.channel_broke", "notification.failed", "notification.sent"] == [
        line["event"] for line in logged
    ]
    assert "T0KEN" not in str(logged)


def test_a_resolve_never_overtakes_its_trigger() -> None:
    pager = Scripted("pager", [BUSY] * 30)
    world = World(pager)
    world.owe(TRIGGER, RESOLVE)
    world.pass_time(7200)
    assert ["trigger", "resolve"] == pager.heard
    assert ["trigger"] * 31 + ["resolve"] == [told.occasion.value for told in pager.tried]


def test_a_resolve_is_sent_even_if_its_trigger_was_refused_for_good() -> None:
    pager = Scripted("pager", [DEAD])
    world = World(pager)
    world.owe(TRIGGER, RESOLVE)
    world.pass_time(3600)
    assert ["resolve"] == pager.heard
    assert [DeliveryStatus.DEAD, DeliveryStatus.SENT] == [delivery.status for delivery in world.deliveries()]


def test_after_three_days_it_is_given_up_and_said_so() -> None:
    pager = Scripted("pager", [BUSY] * FOREVER)
    world = World(pager)
    world.owe(TRIGGER)
    with structlog.testing.capture_logs() as logged:
        world.pass_time(71 * 3600)
        assert [DeliveryStatus.PENDING] == [delivery.status for delivery in world.deliveries()]
        world.pass_time(2 * 3600)
    assert [DeliveryStatus.DEAD] == [delivery.status for delivery in world.deliveries()]
    assert logged[-1]["given_up"]


def test_what_is_owed_to_a_channel_that_is_gone_is_given_up() -> None:
    world = World()
    world.owe(TRIGGER)
    world.pass_time(1)
    (delivery,) = world.deliveries()
    assert (DeliveryStatus.DEAD, "there is no channel 'pager' any more") == (delivery.status, delivery.last_error)


# The one that takes over


def backed(*troubles: Exception) -> tuple[World, Scripted, Scripted]:
    pager, mail = Scripted("pager", list(troubles)), Scripted("mail")
    return World(pager, mail, backups={"pager": "mail"}), pager, mail


def test_what_a_channel_refuses_for_good_its_backup_is_told_at_once() -> None:
    world, _, mail = backed(DEAD)
    world.owe(TRIGGER)
    world.pass_time(0)
    assert ["trigger"] == mail.heard


def test_a_page_that_is_not_taken_within_a_minute_goes_to_the_backup_too_and_once() -> None:
    world, pager, mail = backed(*[BUSY] * 20)
    world.owe(TRIGGER)
    world.pass_time(25)
    assert [] == mail.heard
    world.pass_time(40)
    assert ["trigger"] == mail.heard
    world.pass_time(3600)
    assert (["trigger"], ["trigger"]) == (mail.heard, pager.heard)


def test_a_receiver_that_asks_for_a_quarter_of_an_hour_does_not_delay_the_backup() -> None:
    world, _, mail = backed(DeliveryError("429", retry_after=900))
    world.owe(TRIGGER)
    world.pass_time(1)
    assert ["trigger"] == mail.heard


def test_a_ticket_that_is_late_bothers_no_backup() -> None:
    world, _, mail = backed(*[BUSY] * 20)
    world.owe(notification(severity=Severity.TICKET))
    world.pass_time(3600)
    assert [] == mail.heard


def test_a_backup_that_heard_of_an_incident_hears_of_its_end_from_a_channel_that_recovered() -> None:
    world, pager, mail = backed(*[BUSY] * 10)
    world.owe(TRIGGER)
    world.pass_time(3600)
    world.owe(RESOLVE)
    world.pass_time(60)
    assert (["trigger", "resolve"], ["trigger", "resolve"]) == (pager.heard, mail.heard)


def test_a_backup_hears_of_the_end_though_the_channel_never_recovers() -> None:
    world, pager, mail = backed(*[BUSY] * FOREVER)
    world.owe(TRIGGER)
    world.pass_time(600)
    world.owe(RESOLVE)
    world.pass_time(200)
    assert ([], ["trigger", "resolve"]) == (pager.heard, mail.heard)


def test_a_backup_that_is_told_of_the_incident_anyway_is_not_told_twice() -> None:
    world, _, mail = backed(DEAD)
    world.owe(TRIGGER, replace(TRIGGER, channel="mail"))
    world.pass_time(60)
    assert ["trigger"] == mail.heard


def test_a_backup_that_knows_of_nothing_is_not_told_that_it_is_over() -> None:
    world, pager, mail = backed()
    world.owe(TRIGGER, RESOLVE)
    world.pass_time(3600)
    assert (["trigger", "resolve"], []) == (pager.heard, mail.heard)


def test_a_page_that_is_owed_to_a_channel_declared_no_more_goes_to_whom_is_told_instead() -> None:
    mail = Scripted("mail")
    world = World(mail, backups={GONE: "mail"})
    world.owe(TRIGGER, replace(TRIGGER, incident_id="another", dedup_key="another", channel="mail"))
    world.pass_time(60)
    assert ["trigger", "trigger"] == mail.heard


def test_a_page_that_waits_behind_a_ticket_goes_to_the_backup_within_a_minute() -> None:
    world, _, mail = backed(*[BUSY] * FOREVER)
    world.owe(notification(severity=Severity.TICKET), notification(sequence=1))
    world.pass_time(70)
    assert [Severity.TICKET, Severity.PAGE] == [told.message.severity for told in mail.taken]


def test_a_page_of_a_reopened_incident_does_not_wait_for_the_resolve_before_it_to_get_through() -> None:
    world, pager, mail = backed(*[DeliveryError("429", retry_after=900)] * 3)
    again = replace(TRIGGER, incident_id="reopened", generation=2)
    world.owe(replace(RESOLVE, created_at=TRIGGER.created_at), again)
    world.pass_time(1)
    assert again.id in {replace(told, channel="pager", level=0).id for told in mail.taken}
    world.pass_time(3600)
    assert ["resolve", "trigger"] == pager.heard


def test_backups_of_each_other_do_not_pass_it_to_and_fro() -> None:
    pager, mail = Scripted("pager", [DEAD] * 9), Scripted("mail", [DEAD] * 9)
    world = World(pager, mail, backups={"pager": "mail", "mail": "pager"})
    world.owe(TRIGGER)
    world.pass_time(3600)
    assert (1, 1) == (len(pager.tried), len(mail.tried))


# Crashes, and trouble with the queue


class Forgetful(MemoryStore):
    """A store that cannot mark anything for a while: as if the process died between sending and marking."""

    def __init__(self) -> None:
        super().__init__()
        self.away = True

    def delivered(self, notification_id: str, at: datetime) -> None:
        if self.away:
            raise StoreError("the disk is full")
        super().delivered(notification_id, at)


def test_what_was_sent_but_not_marked_is_sent_again_with_the_same_key_when_its_lease_is_over() -> None:
    world = World(pager := Scripted("pager"))
    world.store = store = Forgetful()
    sender = Sender(replace(world.sender._ports, outbox=store))
    store.owe([TRIGGER])
    (claimed,) = store.claim(world.now, 60)
    with pytest.raises(StoreError):
        sender.deliver(claimed)
    store.away = False
    assert [] == store.claim(world.now + timedelta(seconds=59), 60)
    (again,) = store.claim(world.now + timedelta(seconds=60), 60)
    sender.deliver(again)
    assert 2 == len(pager.taken)
    assert 1 == len({(told.id, told.dedup_key) for told in pager.taken})
    assert 0 == store.owed()


def live(world: World, **changes: object) -> Sender:
    """The world's sender with its own threads."""
    return Sender(replace(world.sender._ports, **changes))  # type: ignore[arg-type] # ports by name


def eventually(true: Callable[[], bool]) -> None:
    """Wait for what other threads do; there is no event to wait for at the far end of a store."""
    tick = threading.Event()
    for _ in range(1000):
        if true():
            return
        tick.wait(0.01)
    raise AssertionError("it never happened")


class Hanging(Scripted):
    """Takes whatever it is given, and comes back when it is let go."""

    groups_itself = True

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.let_go = threading.Event()
        self.busy = 0

    def send(self, told: Notification) -> str:
        self.busy += 1
        self.let_go.wait(20)
        return super().send(told)


def many(count: int, channel: str) -> Iterable[Notification]:
    keys = (f"synthmon/production/down/probe-{number}" for number in range(count))
    return (replace(TRIGGER, incident_id=key, dedup_key=key, channel=channel) for key in keys)


def test_a_channel_that_hangs_delays_no_other_and_is_never_asked_more_than_four_times_at_once() -> None:
    stuck, chat = Hanging("stuck"), Hanging("chat")
    chat.let_go.set()
    world = World(stuck, chat)
    world.owe(*many(60, "stuck"), *many(60, "chat"))
    sender = live(world)
    sender.start()
    try:
        eventually(lambda: len(chat.taken) == 60)
        assert 4 == stuck.busy
    finally:
        stuck.let_go.set()
        sender.stop(5)
    assert not sender.lives


def test_what_waited_behind_a_slow_receiver_until_its_lease_is_nearly_over_is_not_sent_twice() -> None:
    stuck = Hanging("stuck")
    world = World(stuck)
    world.owe(*many(10, "stuck"))
    sender = live(world)
    assert 10 == sender.turn()
    eventually(lambda: stuck.busy == 4)
    world.now += timedelta(seconds=50)
    stuck.let_go.set()
    eventually(lambda: len(stuck.taken) == 4 and not any(sender._in_flight.values()))
    assert 6 == world.store.owed()
    world.now += timedelta(seconds=10)
    sender.turn()
    eventually(lambda: world.store.owed() == 0)
    assert 10 == len(stuck.taken) == len({told.id for told in stuck.taken})


def test_a_queue_that_cannot_be_read_is_a_trouble_that_is_shown_and_passes() -> None:
    troubles = [StoreError("the disk is away"), ValueError("a row makes no sense")]

    class Sometimes(MemoryStore):
        def claim(self, now: datetime, lease: float, limit: int = 50) -> list[Delivery]:
            if troubles:
                raise troubles.pop(0)
            return super().claim(now, lease, limit)

    store = Sometimes()
    sender = live(World(pager := Scripted("pager")), outbox=store)
    store.owe([TRIGGER])
    assert (0, "the disk is away") == (sender.turn(), sender.trouble)
    assert (0, "a row makes no sense") == (sender.turn(), sender.trouble)
    assert (1, None) == (sender.turn(), sender.trouble)
    eventually(lambda: pager.heard == ["trigger"])


def test_a_sender_that_is_woken_sends_at_once_and_what_follows_right_after() -> None:
    world = World(pager := Scripted("pager"))
    world.now = at(3600)
    sender = live(world)
    sender.start()
    world.owe(TRIGGER, RESOLVE)
    sender.wake()
    eventually(lambda: pager.heard == ["trigger", "resolve"])
    sender.stop(5)


def test_what_is_left_at_a_stop_is_still_owed_at_the_next_start() -> None:
    stuck = Hanging("stuck")
    world = World(stuck)
    world.owe(*many(6, "stuck"))
    sender = live(world)
    sender.start()
    eventually(lambda: stuck.busy == 4)
    sender.stop(0.05)
    assert 6 == world.store.owed()
    stuck.let_go.set()
    eventually(lambda: not any(sender._in_flight.values()) or len(stuck.taken) == 4)
