"""A thousand incidents at once, in virtual time: few messages, none left out, each end where its beginning was told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from synthmon.alerting import jsm, pagerduty, slackblocks, teams, webhook, wording
from synthmon.alerting.group import GroupMessage, group
from synthmon.alerting.limits import Limits, fit, is_page
from synthmon.alerting.mail import EmailOptions, compose
from synthmon.alerting.sender import Sender, SenderPorts
from synthmon.errors import DeliveryError
from synthmon.model.incident import (
    Decision,
    Delivery,
    DeliveryStatus,
    Incident,
    IncidentStatus,
    Notification,
    Occasion,
)
from synthmon.model.probe import Severity, Track
from synthmon.store.memory import MemoryStore
from tests.alerting.receivers import message, notification
from tests.alerting.test_sender import Most
from tests.making import at, incident

MANY = 1000
LONG = "a-probe-with-a-long-name"


@dataclass
class Chat:
    """A receiver that shows what it is told; `refuses` says which messages it does not take, and why."""

    name: str = "chat"
    now: datetime = field(default_factory=lambda: at(66))
    heard: list[tuple[datetime, Notification]] = field(default_factory=list)
    refusals: list[DeliveryError | None] = field(default_factory=list)

    def send(self, told: Notification) -> str:
        if self.refusals and (error := self.refusals.pop(0)):
            raise error
        self.heard.append((self.now, told))
        return "ok"

    def named(self, occasion: Occasion) -> list[str]:
        """Every incident told of, whether by itself or in a group."""
        told = [one for _, one in self.heard if one.occasion is occasion]
        return [
            member.incident_id
            for one in told
            for member in (one.message.members if isinstance(one.message, GroupMessage) else (one,))
        ]


@dataclass
class Pager(Chat):
    """One that opens and closes by key, as pagers do."""

    name: str = "pager"
    keyed = True
    open: set[str] = field(default_factory=set)

    def send(self, told: Notification) -> str:
        said = super().send(told)
        if told.occasion is Occasion.TRIGGER:
            self.open.add(told.dedup_key)
        elif told.occasion is Occasion.RESOLVE:
            self.open.discard(told.dedup_key)
        return said


class World:
    """Incidents that open and end in a store, and a sender whose clock is moved from one due instant to the next."""

    def __init__(self, *channels: Chat, backups: dict[str, str] | None = None) -> None:
        self.now = at(66)
        self.store = MemoryStore()
        self.channels = {channel.name: channel for channel in channels}
        self.backups = backups or {}
        self.restart()
        self.known: dict[str, Incident] = {}

    def restart(self) -> None:
        ports = SenderPorts(self.store, lambda: self.channels, lambda: self.backups, lambda: self.now, Most())
        self.sender = Sender(ports)

    def begin(self, names: Iterable[str], severity: Severity = Severity.PAGE) -> None:
        for name in names:
            self.known[name] = incident(probe=name, opened_at=self.now, severity=severity)
        self._decide([self.known[name] for name in names], Occasion.TRIGGER)

    def end(self, names: Iterable[str]) -> None:
        for name in names:
            over = {"status": IncidentStatus.RESOLVED, "resolved_at": self.now, "resolved_because": "2 good runs"}
            self.known[name] = replace(self.known[name], **over)  # type: ignore[arg-type] # fields by name
        self._decide([self.known[name] for name in names], Occasion.RESOLVE)

    def _decide(self, about: list[Incident], occasion: Occasion) -> None:
        owed = [self._told(one, occasion, channel) for one in about for channel in self.channels]
        self.store.apply(Decision(0, incidents=tuple(about), notifications=tuple(owed)))

    def _told(self, about: Incident, occasion: Occasion, channel: str) -> Notification:
        told = message(
            occasion,
            probe=about.probe,
            incident_id=about.id,
            severity=about.severity,
            environment=about.environment,
            decided_at=self.now,
        )
        return Notification(about.id, 1, occasion, channel, about.dedup_key, self.now, told)

    def pass_time(self, seconds: float) -> None:
        end = self.now + timedelta(seconds=seconds)
        while True:
            for channel in self.channels.values():
                channel.now = self.now
            while batches := self.sender.gather():
                for batch in batches:
                    self.sender.deliver_together(batch)
            due = self.store.next_delivery_at()
            if due is None or due > end:
                self.now = end
                return
            self.now = max(due, self.now)


def busiest(heard: list[tuple[datetime, Notification]], *, pages: bool = False) -> int:
    """The most messages in any sixty seconds."""
    instants = [instant for instant, told in heard if not pages or is_page(told)]
    return max(sum(first <= other < first + timedelta(seconds=60) for other in instants) for first in instants)


def probes(count: int, prefix: str = "probe") -> list[str]:
    return [f"{prefix}-{number}" for number in range(count)]


def test_a_thousand_at_once_are_three_pages_that_name_every_one_of_them() -> None:
    chat = Chat()
    world = World(chat)
    world.begin(probes(MANY))
    world.pass_time(0)
    assert 3 == len(chat.heard)
    assert sorted(one.id for one in world.known.values()) == sorted(chat.named(Occasion.TRIGGER))
    assert 0 == world.store.owed()


def test_a_thousand_over_a_minute_are_still_three_pages_a_minute_and_all_are_told_within_another() -> None:
    chat = Chat()
    world = World(chat)
    for second in range(50):
        world.begin(probes(20, f"wave-{second}"))
        world.pass_time(1)
    world.pass_time(70)
    assert (3, 3) == (busiest(chat.heard), busiest(chat.heard, pages=True))
    assert sorted(one.id for one in world.known.values()) == sorted(chat.named(Occasion.TRIGGER))


def test_pages_tickets_and_ends_together_stay_below_ten_messages_a_minute_and_nothing_is_lost() -> None:
    chat = Chat()
    world = World(chat)
    for second in range(180):
        world.begin(probes(3, f"page-{second}"))
        world.begin(probes(3, f"ticket-{second}"), Severity.TICKET)
        if second >= 60:
            world.end([*probes(3, f"page-{second - 60}"), *probes(3, f"ticket-{second - 60}")])
        world.pass_time(1)
    world.pass_time(300)
    ended = [one.id for one in world.known.values() if not one.current]
    assert busiest(chat.heard) <= 10
    assert busiest(chat.heard, pages=True) <= 3
    assert sorted(one.id for one in world.known.values()) == sorted(chat.named(Occasion.TRIGGER))
    assert sorted(ended) == sorted(chat.named(Occasion.RESOLVE))
    assert 0 == world.store.owed()


def test_at_a_pager_every_end_closes_what_its_beginning_opened_and_the_group_ends_with_its_last() -> None:
    pager = Pager()
    world = World(pager)
    world.begin(probes(MANY))
    world.pass_time(30)
    assert 3 == len(pager.open)
    world.end(probes(MANY)[:-1])
    world.pass_time(600)
    assert {"synthmon/test/group/pager"} == pager.open
    world.end(probes(MANY)[-1:])
    world.pass_time(600)
    assert set() == pager.open
    assert busiest(pager.heard) <= 10
    assert 0 == world.store.owed()


def test_which_incidents_were_told_in_a_group_is_known_after_a_restart() -> None:
    pager = Pager()
    world = World(pager)
    world.begin(probes(20))
    world.pass_time(1)
    world.restart()
    world.end(probes(20))
    world.pass_time(300)
    assert (set(), 0) == (pager.open, world.store.owed())


def test_a_group_whose_answer_got_lost_is_closed_though_its_members_were_told_by_themselves_later() -> None:
    class InDoubt(Pager):
        def send(self, told: Notification) -> str:
            said = super().send(told)
            if isinstance(told.message, GroupMessage) and told.occasion is Occasion.TRIGGER:
                raise DeliveryError("the receiver did not answer within 10 s")
            return said

    pager = InDoubt()
    world = World(pager)
    world.begin(probes(4))
    world.pass_time(0)
    assert "synthmon/test/group/pager" in pager.open
    while world.store.owed():  # a group of two each time, until there is room for each by itself
        world.now += timedelta(seconds=61)
        world.restart()
        for delivery in world.store.claim(world.now, 60):
            world.sender.deliver(delivery)
    world.end(probes(4))
    world.pass_time(300)
    assert (set(), 0) == (pager.open, world.store.owed())


def test_a_restart_gives_a_channel_no_second_minute() -> None:
    chat = Chat()
    world = World(chat)
    for number in range(30):
        world.begin([f"page-{number}"])
        world.begin([f"ticket-{number}"], Severity.TICKET)
        world.pass_time(1)
        if number % 5 == 4:
            world.restart()
    world.pass_time(300)
    assert (3, 10) == (busiest(chat.heard, pages=True), busiest(chat.heard))
    assert sorted(one.id for one in world.known.values()) == sorted(chat.named(Occasion.TRIGGER))


def test_an_incident_that_begins_after_a_storm_is_paged_by_itself() -> None:
    pager = Pager()
    world = World(pager)
    world.begin(probes(MANY))
    world.pass_time(61)
    world.begin(["another"])
    world.pass_time(0)
    assert world.known["another"].dedup_key in pager.open


def test_a_group_that_is_not_taken_is_tried_again_whole() -> None:
    busy = DeliveryError("the receiver answered 503")
    chat = Chat(refusals=[None, None, busy, busy])
    world = World(chat)
    world.begin(probes(MANY))
    world.pass_time(59)
    assert 3 == len(chat.heard)
    assert sorted(one.id for one in world.known.values()) == sorted(chat.named(Occasion.TRIGGER))


def test_a_group_that_is_refused_for_good_goes_to_the_backup_and_its_members_are_tried_on() -> None:
    gone = DeliveryError("the receiver answered 413", permanent=True)
    chat, mail = Chat(refusals=[None, None, gone]), Chat("mail")
    world = World(chat, backups={"chat": "mail"})
    world.channels["mail"] = mail
    world.begin(probes(20))
    for delivery in world.store.deliveries():
        if delivery.notification.channel == "mail":  # told of nothing but in the other's place
            world.store.delivered(delivery.notification.id, world.now)
    world.pass_time(200)
    assert 20 == len(chat.named(Occasion.TRIGGER))
    assert DeliveryStatus.DEAD not in {delivery.status for delivery in world.store.deliveries()}


def test_what_is_refused_by_a_channel_that_is_away_takes_no_room() -> None:
    busy = DeliveryError("the receiver answered 503")
    chat = Chat(refusals=[busy] * 5)
    world = World(chat)
    world.begin(["checkout"])
    world.pass_time(40)
    assert [world.known["checkout"].id] == chat.named(Occasion.TRIGGER)


def test_the_backup_of_a_channel_that_is_gone_hears_of_a_storm_in_a_few_messages_too() -> None:
    gone = DeliveryError("the receiver answered 404", permanent=True)
    chat, mail = Chat(refusals=[gone] * 10_000), Chat("mail")
    world = World(chat, backups={"chat": "mail"})
    world.begin(probes(MANY))
    world.channels["mail"] = mail
    world.pass_time(120)
    assert {one.id for one in world.known.values()} == set(mail.named(Occasion.TRIGGER))
    assert busiest(mail.heard) <= 3


def storm(
    count: int = MANY, occasion: Occasion = Occasion.TRIGGER, name: str = "a-probe-with-a-long-name"
) -> Notification:
    members = [notification(occasion, probe=f"{name}-{number}", incident_id=str(number)) for number in range(count)]
    return group(members, occasion)


def test_a_group_says_how_many_and_names_all_of_them() -> None:
    lines = wording.plain(storm(5, name="probe").message).splitlines()
    assert "5 incidents together: probe-0, probe-1, probe-2 and 2 more [eu-west]" == lines[0]
    assert "down:        probe-0, probe-1, probe-2, probe-3, probe-4" in lines
    assert "more:        https://synthmon.example.com/incidents" in lines
    assert "RESOLVED 5 incidents over: " in wording.title(storm(5, Occasion.RESOLVE).message)


def test_reminders_leave_room_in_the_minute_for_what_is_new() -> None:
    limits = Limits()
    reminded = owed([Occasion.REMIND] * 5)
    first, _ = limits.plan("pager", reminded, at(0))
    assert sum(len(batch.deliveries) for batch in first.batches) == 5
    new, more = owed([Occasion.TRIGGER]), owed([Occasion.REMIND])
    second, _ = limits.plan("pager", [*more, *new], at(5))
    assert [batch.deliveries for batch in second.batches] == [(*new, *more)]
    assert limits.plan("pager", owed([Occasion.TRIGGER]), at(6))[0].later


def test_a_group_of_reminders_says_that_nothing_in_it_is_new() -> None:
    reminded = [notification(Occasion.REMIND, probe=name, incident_id=name) for name in ("search", "login")]
    assert group(reminded, Occasion.TRIGGER).message.title == "2 incidents not over yet: search, login"
    with_new = [*reminded, notification(probe="basket", incident_id="basket")]
    assert group(with_new, Occasion.TRIGGER).message.title == "3 incidents together: search, login, basket"


def test_a_group_names_what_is_no_probe_by_its_words() -> None:
    blind = notification(probe="*", probe_title="monitoring", track=Track.REGION, incident_id="blind")
    told = group([blind, notification()], Occasion.TRIGGER).message
    assert told.title == "2 incidents together: monitoring, checkout"
    assert ("region", "monitoring") in wording.facts(told)


def test_the_text_of_a_group_says_of_each_why_and_counts_those_beyond_twenty() -> None:
    told = storm(23, name="probe")
    lines = [line for line in wording.plain(told.message).splitlines() if line.startswith("- ")]
    first = told.message.members[0].message  # type: ignore[attr-defined] # a group's
    assert [f"- {wording.title(first)}", "- and 3 more", 21] == [lines[0], lines[-1], len(lines)]
    assert 'step "Pay" answered 500, expected 201' in lines[0]
    options = EmailOptions.model_validate({"to": ["ops@example.com"], "from": "s@example.com", "smtp": "127.0.0.1:25"})
    page = compose(told, options).get_body(("html",))
    assert page is not None
    assert 21 == page.get_content().count("<p ")


@pytest.mark.parametrize(
    "shown",
    [
        lambda: str(slackblocks.document(storm())),
        lambda: str(pagerduty.document(storm(), "key")),
        lambda: str(webhook.document(storm())),
        lambda: wording.plain(storm().message),
    ],
)
def test_every_member_is_named_wherever_there_is_room(shown: object) -> None:
    text = shown()  # type: ignore[operator] # one of the above
    assert all(f"a-probe-with-a-long-name-{number}" in text for number in range(MANY))


def test_a_group_stays_within_what_its_receiver_takes() -> None:
    blocks = slackblocks.document(storm())["blocks"]
    assert len(blocks) <= 50
    assert all(len(block["text"]["text"]) <= 3000 for block in blocks)
    assert len(str(teams.document(storm().message))) < 28 * 1024
    assert sum(map(len, jsm.document(storm(), dict.fromkeys(Severity, "P1"))["details"].values())) <= 8000


def test_a_webhook_can_match_every_member_by_its_key() -> None:
    body = webhook.document(storm(3))
    assert ("synthmon/production/group/pager", 3) == (body["dedup_key"], len(body["members"]))
    assert "synthmon/production/down/a-probe-with-a-long-name-2" == body["members"][2]["dedup_key"]


def test_a_group_that_is_sent_twice_has_the_same_id_in_whatever_order() -> None:
    members = [notification(incident_id=str(number)) for number in range(3)]
    assert group(members, Occasion.TRIGGER).id == group(members[::-1], Occasion.TRIGGER).id
    assert group(members, Occasion.TRIGGER).id != group(members[:2], Occasion.TRIGGER).id


def owed(occasions: Iterable[Occasion]) -> list[Delivery]:
    return [Delivery(notification(one, incident_id=str(number))) for number, one in enumerate(occasions)]


T, R, A = Occasion.TRIGGER, Occasion.RESOLVE, Occasion.ACKNOWLEDGE


@pytest.mark.parametrize(
    ("occasions", "room", "sizes", "later"),
    [
        ([T, T], 3, [1, 1], 0),
        ([T, T, T], 3, [1, 1, 1], 0),
        ([T] * 4, 3, [1, 1, 2], 0),
        ([T] * 4, 1, [4], 0),
        ([T] * 4, 0, [], 4),
        ([T, R, T, R, T], 4, [1, 1, 2, 1], 0),
        ([T, R, T, R, T], 3, [1, 2, 2], 0),
        ([T, R, T, R, T], 1, [3], 2),
        ([A] * 4, 2, [1], 3),
    ],
)
def test_what_has_room_goes_alone_and_the_rest_together_in_kinds(
    occasions: list[Occasion], room: int, sizes: list[int], later: int
) -> None:
    due = owed(occasions)
    plan = fit(due, room)
    assert (sizes, later) == ([len(batch.deliveries) for batch in plan.batches], len(plan.later))
    placed = [delivery for batch in plan.batches for delivery in batch.deliveries]
    assert sorted(one.notification.id for one in due) == sorted(one.notification.id for one in (*placed, *plan.later))


def test_what_was_not_taken_gives_its_room_back() -> None:
    limits = Limits()
    (first,) = limits.plan("pager", owed([T, T, T]), at(0))[0].batches[:1]
    assert at(60) == limits.plan("pager", owed([T]), at(1))[0].until
    limits.give_back(first)
    assert 1 == len(limits.plan("pager", owed([T]), at(1))[0].batches)
