"""Canaries: sent in time, looked for where the receiver can be asked, told of when accepted and dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from synthmon.alerting.alertmanager import Alertmanager, AlertmanagerOptions
from synthmon.alerting.pagerduty import PagerDuty, PagerDutyOptions
from synthmon.alerting.ports import ChannelState
from synthmon.alerting.traits import readable
from synthmon.alerting.trial import slot_of, trial
from synthmon.errors import DeliveryError
from synthmon.model.incident import DeliveryStatus, Notification, Occasion
from tests.alerting.pagers import AlertmanagerThere, PagerDutyThere
from tests.alerting.receivers import Receiver, Reply, context
from tests.alerting.test_sender import BUSY, DEAD, Scripted, World, live
from tests.alerting.test_tickets import channel_to
from tests.alerting.ticket_systems import IMITATIONS
from tests.making import at

HOUR = timedelta(hours=1)
Made = Callable[..., PagerDutyThere]


@pytest.fixture
def there() -> Iterator[Made]:
    opened: list[Receiver] = []

    def open_it(**options: object) -> PagerDutyThere:
        opened.append(made := PagerDutyThere(**options))  # type: ignore[arg-type] # options by name
        return made

    yield open_it
    for one in opened:
        one.close()


def pagerduty(there: Receiver, token: str | None = "${{ secrets.token }}") -> PagerDuty:
    options = {
        "routing_key": "${{ secrets.routing_key }}",
        "url": f"{there.url}/v2/enqueue",
        "api_url": f"{there.url}/",
        "api_token": token,
    }
    return PagerDuty("pager", PagerDutyOptions.model_validate(options), context())


# One look


def test_pagerduty_is_asked_for_the_incident_of_that_key_open_or_over(there: Made) -> None:
    channel, tried = pagerduty(server := there()), trial("pager", "test", at(0))
    assert not channel.arrived(tried)
    channel.send(tried)
    assert channel.arrived(tried)
    server.incidents[tried.dedup_key] = "resolved"
    assert channel.arrived(tried)
    assert not channel.arrived(trial("pager", "test", at(60)))


def test_pagerduty_without_a_token_for_reading_is_not_asked(there: Made) -> None:
    assert readable(pagerduty(there(), token=None)) is None
    assert readable(Scripted("pager")) is None


@pytest.mark.parametrize(("reading", "permanent"), [(401, True), (403, True), (503, False)])
def test_a_token_that_is_refused_is_no_proof_of_loss_and_is_never_shown(
    there: Made, reading: int, permanent: bool
) -> None:
    with pytest.raises(DeliveryError) as refused:
        pagerduty(there(reading=reading)).arrived(trial("pager", "test", at(0)))
    assert (permanent, True) == (refused.value.permanent, str(reading) in str(refused.value))
    assert "T0KEN" not in str(refused.value)


def test_a_portal_that_answers_anything_is_not_believed() -> None:
    for body in ("<html>log in</html>", "[]", '{"error": "no"}'):
        portal = Receiver(Reply(200, body))
        with pytest.raises(DeliveryError, match="the receiver answered something"):
            pagerduty(portal).arrived(trial("pager", "test", at(0)))
        portal.close()


def test_alertmanager_is_asked_for_the_very_alert_while_it_fires() -> None:
    server = AlertmanagerThere()
    options = AlertmanagerOptions.model_validate({"url": server.url, "labels": {"team": "payments"}})
    channel = Alertmanager("alerts", options, context())
    earlier, tried = trial("alerts", "test", at(0)), trial("alerts", "test", at(60))
    channel.send(earlier)
    assert (True, False) == (channel.arrived(earlier), channel.arrived(tried))
    channel.send(tried)
    assert channel.arrived(tried)
    server.now = "2026-03-02T13:00:00.000Z"
    assert not channel.arrived(tried)
    server.close()


@pytest.mark.parametrize("kind", IMITATIONS)
def test_a_ticket_system_is_asked_for_the_open_ticket(kind: str) -> None:
    make, options = IMITATIONS[kind]
    system = make()
    channel, tried = channel_to(system, options), trial("tickets", "test", at(0))
    assert not channel.arrived(tried)
    channel.send(tried)
    assert channel.arrived(tried)
    system.close()


# Over time


@dataclass
class Asking(Scripted):
    """A channel whose receiver has what `has` holds, and can be asked for a while."""

    readable_for: timedelta | None = timedelta(minutes=15)
    has: set[str] = field(default_factory=set)
    drops: bool = False
    trouble: Exception | None = None
    looks: int = 0

    def send(self, told: Notification) -> str:
        said = super().send(told)
        if not self.drops:
            self.has.add(told.dedup_key)
        return said

    def arrived(self, told: Notification) -> bool:
        self.looks += 1
        if self.trouble:
            raise self.trouble
        return told.dedup_key in self.has


def world_of(
    *channels: Scripted, every: timedelta = HOUR, backup: str | None = None
) -> tuple[World, list[ChannelState]]:
    said: list[ChannelState] = []
    world = World(*channels, backups={"pager": backup} if backup else None)
    world.now = at(0)
    ports: dict[str, object] = {"canaries": lambda: {"pager": every}, "environment": "test", "trouble": said.append}
    world.sender = live(world, **ports)
    return world, said


def pass_time(world: World, seconds: float, restarts: bool = False) -> None:
    """A turn every second."""
    for _ in range(int(seconds)):
        if restarts:
            world.sender = live(world)
        while batches := world.sender.gather():
            for batch in batches:
                world.sender.deliver_together(batch)
        world.now += timedelta(seconds=1)


def canary_news(said: list[ChannelState]) -> list[str | None]:
    return [state.error for state in said if state.canary]


def test_a_canary_that_arrives_is_closed_and_proves_the_channel() -> None:
    world, said = world_of(pager := Asking("pager"))
    pass_time(world, 3 * 3600)
    assert ["test", "resolve"] * 3 == pager.heard
    assert (3, [None]) == (pager.looks, canary_news(said))


def test_a_canary_that_was_accepted_and_dropped_is_told_of_once_the_time_is_up_and_again_when_one_arrives() -> None:
    world, said = world_of(pager := Asking("pager", drops=True))
    pass_time(world, 178)
    assert [] == canary_news(said)
    pass_time(world, 5)
    (lost,) = canary_news(said)
    assert "it accepted the test message of 2026-03-02 12:00:00 UTC, and 3 min later it is not there" == lost
    assert ["test", "resolve"] == pager.heard
    pager.drops = False
    pass_time(world, 3600)
    assert [lost, None] == canary_news(said)


def test_whatever_else_the_channel_accepts_does_not_make_the_canary_arrive() -> None:
    world, said = world_of(Asking("pager", drops=True))
    pass_time(world, 200)
    assert [(True, True), (False, False)] == sorted({(s.canary, s.error is not None) for s in said}, reverse=True)
    pass_time(world, 3000)
    assert [None] == [state.error for state in said if not state.canary]
    assert 1 == len(canary_news(said))


def test_a_receiver_that_cannot_be_asked_for_a_moment_is_asked_again() -> None:
    world, said = world_of(pager := Asking("pager", trouble=BUSY))
    pass_time(world, 60)
    pager.trouble = None
    pass_time(world, 200)
    assert [None] == canary_news(said)


def test_a_receiver_that_refuses_to_be_asked_is_told_of_at_once() -> None:
    world, said = world_of(Asking("pager", trouble=DEAD))
    pass_time(world, 10)
    (told,) = canary_news(said)
    assert "looking for it failed: the receiver answered 404" in (told or "")


def test_a_channel_with_a_bug_in_its_reading_breaks_nothing() -> None:
    world, said = world_of(pager := Asking("pager", trouble=RuntimeError("T0KEN")))
    pass_time(world, 200)
    assert "the channel broke: RuntimeError" in (canary_news(said)[0] or "")
    assert ["test", "resolve"] == pager.heard


def test_restarts_neither_repeat_the_canary_nor_forget_to_look() -> None:
    world, said = world_of(pager := Asking("pager", drops=True))
    pass_time(world, 200, restarts=True)
    assert ["test", "resolve"] == pager.heard
    assert {True} == {error is not None for error in canary_news(said)}


def test_a_restart_after_the_loss_says_it_again_as_nobody_may_have_written_it_down() -> None:
    world, said = world_of(Asking("pager", drops=True))
    pass_time(world, 200)
    lost = canary_news(said)
    said.clear()
    world.sender = live(world)
    pass_time(world, 1)
    assert lost == canary_news(said)


def test_after_a_long_absence_a_receiver_that_forgets_is_not_blamed() -> None:
    world, said = world_of(pager := Asking("pager"))
    world.sender._canaries.owe(world.now)
    (tried,) = world.store.claim(world.now, 60.0)
    world.sender.deliver(tried)
    pager.has.clear()
    world.now += timedelta(minutes=30)
    pass_time(world, 10)
    assert [] == canary_news(said)
    assert ["test", "resolve"] == pager.heard


def test_a_canary_that_is_refused_goes_to_the_backup_which_is_not_asked_whether_it_arrived() -> None:
    mail = Asking("mail")
    world, said = world_of(Asking("pager", troubles=[DEAD]), mail, backup="mail")
    pass_time(world, 600)
    assert (["test", "resolve"], 0) == (mail.heard, mail.looks)
    assert [True] == [state.error is not None for state in said if not state.canary][:1]
    assert [] == canary_news(said)


def test_a_canary_that_is_not_taken_for_an_hour_is_told_of() -> None:
    world, said = world_of(Asking("pager", troubles=[BUSY] * 10_000), every=timedelta(days=1))
    pass_time(world, 3590)
    assert [] == said
    pass_time(world, 120)
    assert [(False, True)] == [(state.canary, state.given_up) for state in said]


def test_a_look_takes_no_room_from_messages_and_is_never_told_together() -> None:
    world, _ = world_of(Asking("pager", drops=True))
    pass_time(world, 30)
    rows = {row.notification.occasion: row for row in world.store.deliveries()}
    assert DeliveryStatus.PENDING is rows[Occasion.LOOK].status
    assert {"test"} == set(world.channels["pager"].heard)


@pytest.mark.parametrize(
    ("now", "every", "slot"),
    [(0, 24, 9), (0, 1, 12), (1800, 1, 12), (3600, 1, 13), (0, 6, 9), (3 * 3600, 6, 15)],
)
def test_canaries_lie_on_a_grid_through_nine_o_clock(now: float, every: float, slot: int) -> None:
    assert at(0).replace(hour=slot) == slot_of(at(now), timedelta(hours=every))
