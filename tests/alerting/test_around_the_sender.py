"""What the sender does besides sending: repeating what fires, telling how channels do, trying them every day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
import structlog

from synthmon.alerting.alertmanager import Alertmanager, AlertmanagerOptions
from synthmon.alerting.ports import ChannelState
from synthmon.alerting.sender import Sender
from synthmon.errors import DeliveryError, StoreError
from synthmon.model.incident import DeliveryStatus, Notification, Occasion
from tests.alerting.receivers import Receiver, Reply, context, notification
from tests.alerting.test_sender import BUSY, DEAD, Hanging, Scripted, eventually, live, many
from tests.alerting.test_sender import World as Simple
from tests.alerting.test_storms import Chat, World
from tests.making import at

Open = Callable[..., Receiver]


# What fires is repeated


@dataclass
class Forgetful(Chat):
    """A receiver to which everything has to be told every minute."""

    name: str = "alerts"
    groups_itself = True
    repeat_every = timedelta(seconds=60)
    repeated: list[list[str]] = field(default_factory=list)
    trouble: DeliveryError | None = None

    def repeat(self, firing: Sequence[Notification]) -> str:
        if self.trouble:
            raise self.trouble
        self.repeated.append([told.message.probe for told in firing])
        return "ok"


def minutes(world: World, count: int) -> None:
    for _ in range(count):
        for name in world.sender._repeats.due(world.now):
            world.sender.repeat(name)
        world.pass_time(60)


def test_what_fires_is_told_again_every_minute_until_it_is_over() -> None:
    world = World(alerts := Forgetful())
    world.begin(["checkout", "search"])
    world.pass_time(1)
    minutes(world, 2)
    world.end(["search"])
    world.pass_time(1)
    minutes(world, 2)
    world.end(["checkout"])
    minutes(world, 2)
    assert [["checkout", "search"]] * 2 + [["checkout"]] * 2 == [sorted(names) for names in alerts.repeated]


def test_what_fires_is_told_again_right_after_a_restart() -> None:
    world = World(alerts := Forgetful())
    world.begin(["checkout"])
    world.pass_time(1)
    world.restart()
    assert ["alerts"] == world.sender._repeats.due(world.now)
    world.sender.repeat("alerts")
    assert [["checkout"]] == alerts.repeated
    assert [] == world.sender._repeats.due(world.now)


def test_what_the_channel_has_not_taken_yet_is_not_repeated_and_others_channels_news_neither() -> None:
    alerts, chat = Forgetful(refusals=[BUSY] * 100), Chat()
    world = World(alerts, chat)
    world.begin(["checkout"])
    world.pass_time(1)
    minutes(world, 2)
    assert [] == alerts.repeated


def test_a_repetition_that_is_refused_is_logged_and_the_next_one_comes_in_time() -> None:
    world = World(alerts := Forgetful())
    world.begin(["checkout"])
    world.pass_time(1)
    alerts.trouble = BUSY
    with structlog.testing.capture_logs() as logged:
        minutes(world, 1)
    alerts.trouble = None
    minutes(world, 1)
    assert "notification.not_repeated" in {line["event"] for line in logged}
    assert [["checkout"]] == alerts.repeated


def test_an_alert_at_alertmanager_is_never_repeated_after_its_end(receiver: Open) -> None:
    there = receiver(Reply(200, ""))
    world = World()
    manager = Alertmanager(
        "alerts", AlertmanagerOptions.model_validate({"url": there.url}), context(now=lambda: world.now)
    )
    world.channels["alerts"] = manager  # type: ignore[assignment] # a real channel among made up ones
    world.begin(["checkout"])
    while batches := world.sender.gather():
        for batch in batches:
            world.sender.deliver_together(batch)
    world.sender.repeat("alerts")
    world.now += timedelta(seconds=60)
    world.end(["checkout"])
    world.sender.repeat("alerts")
    for batch in world.sender.gather():
        world.sender.deliver_together(batch)
    world.sender.repeat("alerts")
    ends = [asked.json[0]["endsAt"] for asked in there.asked]
    assert ["2026-03-02T12:16:06.000Z", "2026-03-02T12:16:06.000Z", "2026-03-02T12:02:06.000Z"] == ends


def test_the_sender_repeats_by_itself() -> None:
    world = World(alerts := Forgetful())
    world.begin(["checkout"])
    world.pass_time(1)
    world.sender.start()
    eventually(lambda: bool(alerts.repeated))
    world.sender.stop(5)


# How channels do


def watched(*troubles: Exception, backups: dict[str, str] | None = None) -> tuple[Simple, list[ChannelState]]:
    world, said = Simple(Scripted("pager", list(troubles)), Scripted("mail"), backups=backups), list[ChannelState]()
    world.sender = live(world, trouble=said.append)
    return world, said


def test_a_channel_that_refuses_for_good_is_said_to_once_and_so_is_that_it_works_again() -> None:
    world, said = watched(DEAD, DEAD)
    world.owe(*many(3, "pager"))
    world.pass_time(60)
    assert [("pager", "the receiver answered 404", True), ("pager", None, False)] == [
        (state.channel, state.error, state.given_up) for state in said
    ]


def test_a_channel_that_is_busy_for_a_moment_is_not_worth_a_word_but_a_page_that_is_late_is() -> None:
    world, said = watched(*[BUSY] * 3)
    world.owe(notification())
    world.pass_time(30)
    assert [None] == [state.error for state in said]
    world, said = watched(*[BUSY] * 10)
    world.owe(notification())
    world.pass_time(3600)
    assert ["the receiver answered 503", None] == [state.error for state in said]
    assert (at(66 + 31), False) == (said[0].at, said[0].given_up)


def test_a_ticket_that_is_late_is_not_worth_a_word_until_it_is_given_up() -> None:
    world, said = watched(*[BUSY] * 10_000)
    world.owe(notification(Occasion.RESOLVE))
    world.pass_time(71 * 3600)
    assert [] == said
    world.pass_time(2 * 3600)
    assert [True] == [state.given_up for state in said]


def test_a_listener_that_breaks_costs_no_notification() -> None:
    def broken(_: ChannelState) -> None:
        raise StoreError("the disk is full")

    world = Simple(pager := Scripted("pager", [DEAD]))
    world.sender = live(world, trouble=broken)
    world.owe(*many(2, "pager"))
    world.pass_time(60)
    assert 1 == len(pager.taken)
    assert {DeliveryStatus.DEAD, DeliveryStatus.SENT} == {delivery.status for delivery in world.deliveries()}


def test_a_page_that_only_waits_behind_a_receiver_that_hangs_is_told_to_the_backup() -> None:
    stuck, mail = Hanging("stuck"), Scripted("mail")
    world = Simple(stuck, mail, backups={"stuck": "mail"})
    world.owe(*many(6, "stuck"))
    sender = live(world)
    sender.turn()
    eventually(lambda: stuck.busy == 4)
    world.now += timedelta(seconds=50)
    stuck.let_go.set()
    eventually(lambda: not any(sender._in_flight.values()))
    assert 2 == sum(delivery.notification.channel == "mail" for delivery in world.deliveries())


# Every day


def tried(hour: int, *names: str) -> Simple:
    world = Simple(*(Scripted(name) for name in names))
    world.now = at(0).replace(hour=hour)
    world.sender = live(world, canaries=lambda: {"pager": timedelta(days=1)}, environment="production")
    return world


def turn(world: Simple) -> None:
    while batches := world.sender.gather():
        for batch in batches:
            world.sender.deliver_together(batch)


def test_a_channel_that_asks_for_it_is_tried_once_a_day_and_the_trial_is_closed_again() -> None:
    world = tried(8, "pager", "mail")
    for _ in range(4 * 48):
        turn(world)
        world.now += timedelta(minutes=30)
    pager, mail = world.channels["pager"], world.channels["mail"]
    assert (["test", "resolve"] * 4, []) == (pager.heard, mail.heard)
    keys = [told.dedup_key for told in pager.taken]
    assert keys[::2] == keys[1::2]
    assert 4 == len(set(keys))


def test_a_restart_does_not_try_it_a_second_time_on_the_same_day() -> None:
    world = tried(10, "pager")
    turn(world)
    world.sender = Sender(replace(world.sender._ports))
    world.now += timedelta(hours=1)
    turn(world)
    assert ["test", "resolve"] == world.channels["pager"].heard


@pytest.mark.parametrize(("hour", "count"), [(8, 0), (9, 2)])
def test_nobody_is_tried_at_night(hour: int, count: int) -> None:
    world = tried(hour, "pager")
    turn(world)
    assert count == len(world.channels["pager"].taken)
